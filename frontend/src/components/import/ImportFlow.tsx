import { useQuery } from '@tanstack/react-query';
import { FileText } from 'lucide-react';
import { useRef, useState } from 'react';

import { ProblemMessage } from '@/components/common/ProblemMessage';
import { AskForm } from '@/components/import/AskForm';
import { Found } from '@/components/import/Found';
import { MappingForm } from '@/components/import/MappingForm';
import { Problems } from '@/components/import/Problems';
import { Profiles } from '@/components/import/Profiles';
import { Progress } from '@/components/import/Progress';
import { StoreButtons } from '@/components/import/StoreButtons';
import { useAsked } from '@/components/import/use-asked';
import { Button } from '@/components/ui/Button';
import { useNotify } from '@/components/ui/Toast';
import { useFormat } from '@/context/preferences';
import { useAppTexts } from '@/hooks/app-texts';
import {
  dryRunOptions,
  useStoreImport,
  type ChosenFile,
  type ReadingChoices,
} from '@/hooks/imports';
import type { ImportOut } from '@/lib/api';
import { newKey } from '@/lib/keyring';
import { wasCancelled } from '@/lib/problem';

type Props = { chosen: ChosenFile; onDone: (result: ImportOut) => void; onAnother: () => void };

/** One file on its way in: what it is, how it is read, what it would change. */
export function ImportFlow({ chosen, onDone, onAnother }: Props) {
  const t = useAppTexts();
  const format = useFormat();
  const notify = useNotify();
  const [choices, setChoices] = useState<ReadingChoices>({});
  const [share, setShare] = useState(0);
  const [keys] = useState(() => ({ all: newKey(), valid: newKey() }));
  const abort = useRef<AbortController | null>(null);
  const query = useQuery(dryRunOptions(chosen, choices, setShare));
  const store = useStoreImport();
  const { file } = chosen;
  const found = query.data;
  const isBusy = query.isPlaceholderData || store.isPending;
  const asked = useAsked(found ?? null, query.error);

  const run = (mode: 'all' | 'valid') => {
    if (store.isPending) return;
    setShare(0);
    abort.current = new AbortController();
    const { signal } = abort.current;
    // Other choices are another import, which must not get the answer of this one.
    const key = `${keys[mode]}-${hash(JSON.stringify(choices))}`;
    store.mutate(
      { file, choices, mode, key, signal, onProgress: setShare },
      {
        onSuccess: onDone,
        onError: () => {
          if (signal.aborted) notify({ text: t.import.stopped });
        },
      },
    );
  };

  return (
    <div className="flex flex-col gap-5">
      <section
        className="card flex flex-wrap items-center gap-4 p-5 lg:px-6"
        aria-label={t.import.steps.file}
      >
        <FileText aria-hidden className="size-6 shrink-0 text-muted" strokeWidth={1.5} />
        <div className="min-w-0 flex-1">
          <p className="truncate font-medium">{file.name}</p>
          <p className="text-sm text-muted">{format.bytes(file.size)}</p>
        </div>
        <Button onClick={onAnother} disabled={store.isPending}>
          {t.import.otherFile}
        </Button>
      </section>
      {query.isFetching && <Progress label={t.import.reading(file.name)} share={share} />}
      {query.error && !query.isFetching && (
        <ProblemMessage
          title={t.import.unreadable}
          error={query.error}
          onRetry={() => void query.refetch()}
        />
      )}
      {query.error && Object.keys(choices).length > 0 && (
        <div>
          <Button onClick={() => setChoices({})}>{t.import.startOver}</Button>
        </div>
      )}
      {(found || query.error) && (
        <Profiles found={found ?? null} choices={choices} onChoose={setChoices} />
      )}
      {found && <Found found={found} choices={choices} isBusy={isBusy} onChoose={setChoices} />}
      {asked && asked.size > 0 && (
        <AskForm
          key={[...asked.keys()].join()}
          asks={asked}
          choices={choices}
          isOpen={query.error !== null}
          onChoose={setChoices}
        />
      )}
      {(found || query.error) && !asked && (
        <MappingForm
          file={file}
          found={found ?? null}
          choices={choices}
          error={query.error}
          onChoose={setChoices}
        />
      )}
      {found && found.problems_total > 0 && <Problems found={found} />}
      {store.isPending && (
        <Progress label={t.import.storing} share={share} onStop={() => abort.current?.abort()} />
      )}
      {store.error && !wasCancelled(store.error) && <ProblemMessage error={store.error} />}
      {found && !isBusy && <StoreButtons found={found} onStore={run} />}
    </div>
  );
}

/** A short name for a text (FNV-1a); only has to differ where choices do. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return (value >>> 0).toString(16);
}
