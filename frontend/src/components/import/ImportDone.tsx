import { CircleCheck } from 'lucide-react';

import { useUndo } from '@/components/import/use-undo';
import { Button, ButtonLink } from '@/components/ui/Button';
import { useFormat } from '@/context/preferences';
import { useAppTexts } from '@/hooks/app-texts';
import type { ImportOut } from '@/lib/api';
import { RECORDS } from '@/lib/import-formats';
import { paths } from '@/lib/paths';

type Props = { result: ImportOut; onAnother: () => void };

export function ImportDone({ result, onAnother }: Props) {
  const t = useAppTexts();
  const format = useFormat();
  const undo = useUndo();
  const { id, counts, range, meters } = result;
  const n = (value: number) => format.number(value, 0);
  const isSeries = result.format !== RECORDS;
  const taken = counts.added + counts.changed;
  const meterId = meters.length === 1 ? meters[0]?.id : null;
  return (
    <section role="status" className="card flex flex-col items-start gap-2 p-6 lg:p-8">
      <CircleCheck aria-hidden className="size-8 text-ok" />
      <h2 className="text-xl font-semibold">
        {t.import.doneTitle(
          isSeries
            ? t.import.values(taken, n(taken))
            : t.count.records(counts.added, n(counts.added)),
        )}
      </h2>
      {range && (
        <p className="text-muted">{t.import.doneText(format.range(range.start, range.end))}</p>
      )}
      <div className="mt-3 flex flex-wrap gap-2.5">
        <ButtonLink variant="primary" href={paths.dashboard(range ? { at: range.end } : {})}>
          {t.import.seeOverview}
        </ButtonLink>
        {isSeries ? (
          <ButtonLink href={meterId ? paths.meter(meterId) : paths.meters()}>
            {meterId ? t.import.seeMeter : t.import.seeMeters}
          </ButtonLink>
        ) : (
          id !== null && (
            <ButtonLink href={paths.consumption({ import_id: id })}>
              {t.import.seeRecords}
            </ButtonLink>
          )
        )}
        <Button onClick={onAnother}>{t.import.otherFile}</Button>
        {id !== null && (
          <Button
            variant="danger"
            disabled={undo.isPending}
            onClick={() => void undo.run(id).then((isUndone) => isUndone && onAnother())}
          >
            {t.common.undo}
          </Button>
        )}
      </div>
    </section>
  );
}
