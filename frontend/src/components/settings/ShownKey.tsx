import { Check, Copy } from 'lucide-react';
import { useState } from 'react';

import { Button } from '@/components/ui/Button';
import { Input } from '@/components/ui/controls';
import { useAppTexts } from '@/hooks/app-texts';
import type { NewApiKey } from '@/lib/api';

type Props = { made: NewApiKey; onClose: () => void };

/** The key itself, which nobody can show a second time. */
export function ShownKey({ made, onClose }: Props) {
  const t = useAppTexts();
  const [isCopied, setCopied] = useState(false);
  const copy = () =>
    void navigator.clipboard?.writeText(made.key).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  const Icon = isCopied ? Check : Copy;
  return (
    <div role="status" className="mb-5 rounded-xl border border-line bg-raised p-4">
      <p className="font-medium">{t.apiKeys.madeTitle(made.name)}</p>
      <p className="mt-0.5 text-sm text-muted">{t.apiKeys.madeText}</p>
      <div className="mt-3 flex flex-wrap gap-2">
        <Input
          readOnly
          aria-label={t.apiKeys.key}
          className="flex-1 font-mono text-sm"
          value={made.key}
          onFocus={({ target }) => target.select()}
        />
        <Button onClick={copy}>
          <Icon aria-hidden className="size-4" />
          {isCopied ? t.apiKeys.copied : t.apiKeys.copy}
        </Button>
        <Button onClick={onClose}>{t.apiKeys.kept}</Button>
      </div>
    </div>
  );
}
