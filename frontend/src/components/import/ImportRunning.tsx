import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';

import { ProblemMessage } from '@/components/common/ProblemMessage';
import { ImportDone } from '@/components/import/ImportDone';
import { Progress } from '@/components/import/Progress';
import { useCancel } from '@/components/import/use-cancel';
import { Button } from '@/components/ui/Button';
import { useAppTexts } from '@/hooks/app-texts';
import { importOptions, isUnderWay, useImportsChanged } from '@/hooks/imports';

type Props = { id: number; onAnother: () => void };

/** A large file that is imported after it was sent: followed to its end, whichever that is. */
export function ImportRunning({ id, onAnother }: Props) {
  const t = useAppTexts();
  const cancel = useCancel();
  const changed = useImportsChanged();
  const query = useQuery(importOptions(id));
  const record = query.data;
  const hasEnded = record !== undefined && !isUnderWay(record);
  useEffect(() => {
    if (hasEnded) changed();
    // Once, when it ends.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [hasEnded]);
  if (!record) {
    return query.error ? (
      <ProblemMessage error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <Progress label={t.common.loading} share={0} />
    );
  }
  if (isUnderWay(record)) {
    const { progress } = record;
    return (
      <div>
        <Progress
          label={t.import.working(record.file_name, phaseText(t.import.phases, progress?.phase))}
          share={progress && progress.total > 0 ? progress.done / progress.total : 0}
          onStop={() => void cancel.run(id)}
        />
        <p className="mt-2 text-sm text-muted">{t.import.mayLeave}</p>
      </div>
    );
  }
  if (record.status === 'done') return <ImportDone result={record} onAnother={onAnother} />;
  return (
    <section role="alert" className="card flex flex-col items-start gap-2 p-6">
      <h2 className="text-lg font-semibold">
        {t.import.endedTitle(record.file_name, t.import.status[record.status])}
      </h2>
      {record.failure && (
        <p lang="en" className="text-muted">
          {record.failure}
        </p>
      )}
      <Button className="mt-2" onClick={onAnother}>
        {t.import.otherFile}
      </Button>
    </section>
  );
}

const phaseText = (phases: Record<string, string>, phase: string | undefined): string | null =>
  (phase && phases[phase]) || null;
