import type { ConsumptionOut } from '@/lib/api';
import { toCsv } from '@/lib/download';

const COLUMNS = [
  'consumption_date',
  'period_start',
  'consumption_type',
  'amount',
  'unit',
  'meter',
  'description',
] as const;

/** Records as a file that can be imported again: the API's names, plain numbers, ISO dates. */
export const recordCsv = (
  records: readonly ConsumptionOut[],
  meterNames: ReadonlyMap<number, string>,
): Blob =>
  toCsv([
    COLUMNS,
    ...records.map((record) =>
      COLUMNS.map((column) =>
        column === 'meter' ? meterNames.get(record.meter_id) : record[column],
      ),
    ),
  ]);
