'use client';

import { Button, ButtonLink } from '@/components/ui/Button';
import { useTexts } from '@/context/preferences';
import { paths } from '@/lib/paths';

/** What stands in for a page that threw. */
export function CrashPage({ onRetry }: { onRetry: () => void }) {
  const t = useTexts();
  return (
    <div role="alert" className="mx-auto flex max-w-md flex-col items-start gap-3 px-5 py-24">
      <h1 className="text-3xl font-semibold tracking-tight">{t.errors.crashTitle}</h1>
      <p className="text-muted">{t.errors.crashText}</p>
      <div className="mt-4 flex gap-2.5">
        <Button variant="primary" onClick={onRetry}>
          {t.errors.reload}
        </Button>
        <ButtonLink href={paths.dashboard()}>{t.nav.dashboard}</ButtonLink>
      </div>
    </div>
  );
}
