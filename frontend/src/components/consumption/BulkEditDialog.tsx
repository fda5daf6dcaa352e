import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';

import { planChange, type BulkChange } from '@/components/consumption/bulk-change';
import { BulkResult, type Left } from '@/components/consumption/BulkResult';
import { useBulkUndo } from '@/components/consumption/use-bulk-undo';
import { Button } from '@/components/ui/Button';
import { Checkbox, Input, Select } from '@/components/ui/controls';
import { Dialog } from '@/components/ui/Dialog';
import { Field } from '@/components/ui/Field';
import { useAppPreferences } from '@/hooks/app-texts';
import { useUpdateRecords } from '@/hooks/consumption';
import { meterListOptions } from '@/hooks/meters';
import { useProblemText } from '@/hooks/problem-text';
import type { ConsumptionOut } from '@/lib/api';
import { addDays, todayIn } from '@/lib/days';
import { isUtility, UNITS, unitName, UTILITIES } from '@/lib/units';

const NOTHING: BulkChange = { days: null, type: null, unit: null, meterId: null, note: null };
const MAX_DAYS = 36_500;
const MAX_NOTE = 2000;

type Props = { records: readonly ConsumptionOut[]; onClose: () => void; onDone: () => void };

/** Changes all selected records at once, and says which could not be changed and why. */
export function BulkEditDialog({ records, onClose, onDone }: Props) {
  const { texts: t, format, timeZone } = useAppPreferences();
  const problemText = useProblemText();
  const tellChanged = useBulkUndo();
  const update = useUpdateRecords();
  const [change, setChange] = useState(NOTHING);
  const [left, setLeft] = useState<{ changed: number; left: Left[] } | null>(null);
  const set = (part: Partial<BulkChange>) => setChange((known) => ({ ...known, ...part }));
  const { changes, unfit } = planChange(records, change, addDays(todayIn(timeZone), 1));
  const isNothing = Object.values(change).every((one) => one === null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (update.isPending || isNothing) return;
    const { changed, refused } = await update.mutateAsync(changes);
    tellChanged(records, changed);
    const found = [
      ...unfit.map(({ record, why }) => ({ record, why: t.bulk.unfit[why] })),
      ...refused.map(({ record, problem }) => ({ record, why: problemText(problem) })),
    ];
    if (found.length === 0) onDone();
    else setLeft({ changed: changed.length, left: found });
  };
  const count = t.count.records(records.length, format.number(records.length, 0));
  if (left) {
    return (
      <Dialog title={t.bulk.title(count)} isOpen onClose={onDone}>
        <BulkResult {...left} onClose={onDone} />
      </Dialog>
    );
  }
  return (
    <Dialog title={t.bulk.title(count)} isOpen onClose={onClose}>
      <form className="flex flex-col gap-4" onSubmit={(event) => void submit(event)}>
        <Field label={t.bulk.days} hint={t.bulk.daysHint}>
          {(field) => (
            <Input
              {...field}
              type="number"
              step={1}
              min={-MAX_DAYS}
              max={MAX_DAYS}
              placeholder="0"
              onChange={({ target }) => {
                const days = Math.trunc(target.valueAsNumber);
                set({ days: Number.isFinite(days) && days !== 0 ? days : null });
              }}
            />
          )}
        </Field>
        <Kinds records={records} change={change} onChange={set} />
        <Note change={change} onChange={set} />
        {unfit.length > 0 && (
          <p className="text-sm text-warn" role="status">
            {t.bulk.willSkip(t.count.records(unfit.length, format.number(unfit.length, 0)))}
          </p>
        )}
        <div className="mt-2 flex flex-wrap justify-end gap-2.5">
          <Button onClick={onClose}>{t.common.cancel}</Button>
          <Button
            type="submit"
            variant="primary"
            disabled={isNothing || changes.length === 0}
            aria-disabled={update.isPending}
          >
            {update.isPending ? t.common.saving : t.bulk.change}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

type PartProps = { change: BulkChange; onChange: (part: Partial<BulkChange>) => void };

/** Utility, unit and meter: what is offered follows from the utility that the records will have. */
function Kinds({ records, change, onChange }: PartProps & Pick<Props, 'records'>) {
  const { texts: t } = useAppPreferences();
  const { data: meters = [] } = useQuery(meterListOptions());
  const found = new Set(records.map((one) => one.consumption_type));
  const [only] = found.size === 1 ? found : [];
  const type = change.type ?? only;
  const offered = meters.filter((one) => one.consumption_type === type && !one.archived_at);
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field label={t.consumption.columns.utility}>
        {(field) => (
          <Select
            {...field}
            value={change.type ?? ''}
            onChange={({ target }) =>
              onChange({
                type: isUtility(target.value) ? target.value : null,
                unit: null,
                meterId: null,
              })
            }
          >
            <option value="">{t.bulk.asIs}</option>
            {UTILITIES.map((one) => (
              <option key={one} value={one}>
                {t.utility[one]}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label={t.consumption.columns.unit} hint={t.bulk.unitHint}>
        {(field) => (
          <Select
            {...field}
            value={change.unit ?? ''}
            disabled={!type}
            onChange={({ target }) => onChange({ unit: target.value || null })}
          >
            <option value="">{t.bulk.asIs}</option>
            {type &&
              UNITS[type].map((unit) => (
                <option key={unit} value={unit}>
                  {unitName(unit)}
                </option>
              ))}
          </Select>
        )}
      </Field>
      {offered.length > 1 && (
        <Field label={t.consumption.columns.meter} className="sm:col-span-2">
          {(field) => (
            <Select
              {...field}
              value={change.meterId ?? ''}
              onChange={({ target }) => onChange({ meterId: Number(target.value) || null })}
            >
              <option value="">{t.bulk.asIs}</option>
              {offered.map((meter) => (
                <option key={meter.id} value={meter.id}>
                  {meter.name}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
    </div>
  );
}

/** An empty note is a choice as well, so it has a box of its own to tick. */
function Note({ change, onChange }: PartProps) {
  const { texts: t } = useAppPreferences();
  const isOn = change.note !== null;
  return (
    <div>
      <label className="flex min-h-11 w-fit items-center gap-2.5 text-sm font-medium">
        <Checkbox
          checked={isOn}
          onChange={({ target }) => onChange({ note: target.checked ? '' : null })}
        />
        {t.bulk.note}
      </label>
      {isOn && (
        <Input
          aria-label={t.consumption.columns.description}
          maxLength={MAX_NOTE}
          placeholder={t.bulk.noteEmpty}
          value={change.note ?? ''}
          onChange={({ target }) => onChange({ note: target.value })}
        />
      )}
    </div>
  );
}
