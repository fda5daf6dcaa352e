import type { RecordChange } from '@/hooks/consumption';
import { asInput } from '@/hooks/consumption';
import type { ConsumptionCreate, ConsumptionOut, ConsumptionType } from '@/lib/api';
import { addDays, type Day } from '@/lib/days';
import { UNITS } from '@/lib/units';

/** What is to become of the selected records; what is null stays as it is. */
export type BulkChange = {
  days: number | null;
  type: ConsumptionType | null;
  unit: string | null;
  meterId: number | null;
  note: string | null;
};

export type Unfit = { record: ConsumptionOut; why: 'unit' | 'future' | 'past' };

const FIRST: Day = '1900-01-01';

/** What each record would become, and those for which that makes no sense. */
export function planChange(
  records: readonly ConsumptionOut[],
  change: BulkChange,
  latest: Day,
): { changes: RecordChange[]; unfit: Unfit[] } {
  const changes: RecordChange[] = [];
  const unfit: Unfit[] = [];
  for (const record of records) {
    const body = changed(record, change);
    const first = body.period_start ?? body.consumption_date;
    if (!UNITS[body.consumption_type].includes(body.unit ?? '')) {
      unfit.push({ record, why: 'unit' });
    } else if (body.consumption_date > latest) unfit.push({ record, why: 'future' });
    else if (first < FIRST) unfit.push({ record, why: 'past' });
    else changes.push({ record, body });
  }
  return { changes, unfit };
}

function changed(record: ConsumptionOut, change: BulkChange): ConsumptionCreate {
  const before = asInput(record);
  const { days, type, unit, meterId, note } = change;
  const isMoved = type !== null && type !== record.consumption_type;
  return {
    ...before,
    consumption_type: type ?? before.consumption_type,
    unit: (unit ?? before.unit) as ConsumptionCreate['unit'],
    consumption_date: addDays(record.consumption_date, days ?? 0),
    period_start: record.period_start && addDays(record.period_start, days ?? 0),
    // Another utility has other meters: without one named it is the account's usual one.
    meter_id: meterId ?? (isMoved || unit !== null ? null : before.meter_id),
    description: note === null ? before.description : note || null,
  };
}
