import { Button } from '@/components/ui/Button';
import { Dialog } from '@/components/ui/Dialog';
import { useFormat } from '@/context/preferences';
import { useAppTexts } from '@/hooks/app-texts';
import type { ConsumptionCreate, ConsumptionOut } from '@/lib/api';
import { cn } from '@/lib/cn';
import { unitName } from '@/lib/units';

type Props = {
  mine: ConsumptionCreate;
  theirs: ConsumptionOut;
  onKeepMine: () => void;
  onTakeTheirs: () => void;
  onClose: () => void;
};

/** Two versions of one record, side by side; the person decides. */
export function StaleDialog({ mine, theirs, onKeepMine, onTakeTheirs, onClose }: Props) {
  const t = useAppTexts();
  const format = useFormat();
  const describe = (record: ConsumptionCreate | ConsumptionOut): Record<string, string> => ({
    [t.entry.utility]: t.utility[record.consumption_type],
    [t.entry.amount]: `${format.exact(record.amount)} ${unitName(record.unit ?? '')}`,
    [t.entry.when]: format.range(
      record.period_start ?? record.consumption_date,
      record.consumption_date,
    ),
    [t.entry.description]: record.description || '–',
  });
  const left = describe(mine);
  const right = describe(theirs);
  return (
    <Dialog title={t.entry.staleTitle} isOpen onClose={onClose}>
      <p className="text-muted">{t.entry.staleLead}</p>
      <table className="mt-4 w-full text-[0.9375rem]">
        <thead className="text-left text-sm text-muted">
          <tr>
            <td />
            <th scope="col" className="py-2 pr-3 font-medium">
              {t.entry.staleMine}
            </th>
            <th scope="col" className="py-2 font-medium">
              {t.entry.staleTheirs}
            </th>
          </tr>
        </thead>
        <tbody>
          {Object.keys(left).map((name) => (
            <tr
              key={name}
              className={cn(
                'border-t border-line align-top',
                left[name] !== right[name] && 'font-semibold',
              )}
            >
              <th scope="row" className="py-2 pr-3 text-left font-normal text-muted">
                {name}
              </th>
              <td className="py-2 pr-3 break-words">{left[name]}</td>
              <td className="py-2 break-words">{right[name]}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className="mt-6 flex flex-wrap justify-end gap-2.5">
        <Button onClick={onTakeTheirs}>{t.entry.staleTakeTheirs}</Button>
        <Button variant="primary" onClick={onKeepMine}>
          {t.entry.staleKeepMine}
        </Button>
      </div>
    </Dialog>
  );
}
