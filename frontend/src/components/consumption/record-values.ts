import type { ConsumptionOut, ConsumptionType } from '@/lib/api';
import { isDay, type Day } from '@/lib/days';
import { parseAmount, type Format } from '@/lib/format';

/** What the form holds: texts as typed, so that nothing is lost or rewritten under the hands. */
export type RecordValues = {
  consumption_type: ConsumptionType;
  amount: string;
  unit: string;
  span: 'day' | 'period';
  period_start: Day;
  consumption_date: Day;
  meter_id: string;
  description: string;
};

export const RECORD_FIELDS = [
  'consumption_type',
  'amount',
  'unit',
  'period_start',
  'consumption_date',
  'meter_id',
  'description',
] as const;

export function toBody(values: RecordValues, locale: string): Record<string, unknown> {
  const amount = parseAmount(values.amount, locale);
  return {
    consumption_type: values.consumption_type,
    amount: amount ?? (values.amount.trim() === '' ? undefined : Number.NaN),
    unit: values.unit,
    consumption_date: values.consumption_date,
    period_start: values.span === 'period' ? values.period_start : null,
    meter_id: values.meter_id ? Number(values.meter_id) : null,
    description: values.description.trim() || null,
  };
}

export const valuesOf = (record: ConsumptionOut, format: Format): RecordValues => ({
  consumption_type: record.consumption_type,
  amount: typedAmount(record.amount, format),
  unit: record.unit,
  span: record.period_start && record.period_start !== record.consumption_date ? 'period' : 'day',
  period_start: record.period_start ?? record.consumption_date,
  consumption_date: record.consumption_date,
  meter_id: String(record.meter_id),
  description: record.description ?? '',
});

/** A number in a field: the reader's decimal mark, but no marks between thousands. */
export const typedAmount = (amount: number, format: Format): string =>
  amount.toLocaleString(format.locale, { useGrouping: false, maximumFractionDigits: 4 });

export const isPeriodReversed = ({ span, period_start, consumption_date }: RecordValues): boolean =>
  span === 'period' &&
  isDay(period_start) &&
  isDay(consumption_date) &&
  period_start > consumption_date;
