import { FileUp } from 'lucide-react';
import { useState } from 'react';

import { useFormat } from '@/context/preferences';
import { useAppTexts } from '@/hooks/app-texts';

const MAX_BYTES = 200 * 1024 * 1024;

// Only a help in choosing: the server tells a file by what it holds.
const ACCEPTED =
  '.csv,.txt,.tsv,.xml,.xlsx,.json,.gz,.zip,text/csv,text/plain,application/xml,application/json';

export function FileDrop({ onFile }: { onFile: (file: File) => void }) {
  const t = useAppTexts();
  const format = useFormat();
  const [wrong, setWrong] = useState<string | null>(null);
  const take = (file: File | undefined) => {
    if (!file) return;
    if (file.size === 0) setWrong(t.import.emptyFile);
    else if (file.size > MAX_BYTES) setWrong(t.import.tooLarge(format.bytes(MAX_BYTES)));
    else onFile(file);
  };
  return (
    <div>
      <label className="card flex min-h-64 cursor-pointer flex-col items-center justify-center gap-2 border-2 border-dashed px-6 text-center hover:border-edge has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent">
        <FileUp aria-hidden className="size-8 text-muted" strokeWidth={1.5} />
        <span className="text-lg font-semibold">
          {t.import.drop} <span className="font-normal text-muted">{t.common.or}</span>{' '}
          <span className="underline decoration-edge underline-offset-4">{t.import.choose}</span>
        </span>
        <span className="text-sm text-muted">{t.import.dropAnywhere}</span>
        <span className="text-sm text-muted">{t.import.accepted}</span>
        <input
          type="file"
          accept={ACCEPTED}
          className="sr-only"
          onChange={({ target }) => {
            take(target.files?.[0]);
            target.value = '';
          }}
        />
      </label>
      {wrong && (
        <p role="alert" className="mt-2 text-danger">
          {wrong}
        </p>
      )}
    </div>
  );
}
