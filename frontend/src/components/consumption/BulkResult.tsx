import { Button } from '@/components/ui/Button';
import { useAppPreferences } from '@/hooks/app-texts';
import type { ConsumptionOut } from '@/lib/api';

export type Left = { record: ConsumptionOut; why: string };

const SHOWN = 100;

/** What was changed, and each record that was not, with the reason. */
export function BulkResult({
  changed,
  left,
  onClose,
}: {
  changed: number;
  left: readonly Left[];
  onClose: () => void;
}) {
  const { texts: t, format } = useAppPreferences();
  const count = (n: number) => t.count.records(n, format.number(n, 0));
  return (
    <div role="status">
      <p>{t.bulk.changed(count(changed))}</p>
      <p className="mt-1 font-medium">{t.bulk.notChanged(count(left.length))}</p>
      <div
        className="mt-3 max-h-72 overflow-auto rounded-lg border border-line"
        tabIndex={0}
        role="region"
        aria-label={t.bulk.notChanged(count(left.length))}
      >
        <ul>
          {left.slice(0, SHOWN).map(({ record, why }) => (
            <li key={record.id} className="border-t border-line px-3 py-2 text-sm first:border-0">
              {format.day(record.consumption_date)}, {t.utility[record.consumption_type]},{' '}
              {format.exact(record.amount)} {record.unit}
              <span className="block text-muted">{why}</span>
            </li>
          ))}
        </ul>
      </div>
      {left.length > SHOWN && (
        <p className="mt-2 text-sm text-muted">
          {t.import.problemsMore(format.number(SHOWN, 0), format.number(left.length, 0))}
        </p>
      )}
      <div className="mt-5 flex justify-end">
        <Button variant="primary" onClick={onClose}>
          {t.common.close}
        </Button>
      </div>
    </div>
  );
}
