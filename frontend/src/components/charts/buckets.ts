import type { BucketOut, GroupBy } from '@/lib/api';
import { countDays, type Day } from '@/lib/days';
import type { Format } from '@/lib/format';

/** A bucket's name where there is room. */
export function bucketName(
  { start, end }: Pick<BucketOut, 'start' | 'end'>,
  group: GroupBy,
  format: Format,
): string {
  switch (group) {
    case 'day':
      return format.day(start, 'weekday');
    case 'week':
      return format.range(start, end);
    case 'month':
      return format.day(start, 'month');
    case 'quarter':
      return `${quarterOf(start)} ${start.slice(0, 4)}`;
    case 'year':
      return start.slice(0, 4);
  }
}

/** A bucket's name on the axis. */
export function bucketLabel(
  { start }: Pick<BucketOut, 'start'>,
  group: GroupBy,
  isLong: boolean,
  count: number,
  format: Format,
): string {
  switch (group) {
    case 'day':
      if (count <= 7) return format.day(start, 'weekday');
      return format.day(start, isLong ? 'short' : 'number');
    case 'week':
      return format.day(start, 'short');
    case 'month':
      return format.day(start, isLong ? 'monthYear' : 'monthShort');
    case 'quarter':
      return isLong ? `${quarterOf(start)} ${start.slice(2, 4)}` : quarterOf(start);
    case 'year':
      return start.slice(0, 4);
  }
}

const quarterOf = (day: Day): string => `Q${Math.ceil(Number(day.slice(5, 7)) / 3)}`;

/** Over without any data; before the first data ever, nothing is missing. */
export const isMissing = (
  { amount, start, end }: BucketOut,
  firstDay: Day | null,
  today: Day,
): boolean => amount === null && end < today && firstDay !== null && firstDay <= start;

/** A day of which some meter has not everything: only of whole days can that be told. */
export const isPartial = (
  { amount, start, end, complete }: BucketOut,
  group: GroupBy,
  today: Day,
): boolean => group === 'day' && start === end && amount !== null && !complete && end < today;

export const daysIn = (bucket: BucketOut): number => countDays(bucket.start, bucket.end);

/** A series without the empty years before its first data. */
export function trimmedStart(series: readonly BucketOut[]): number {
  const first = series.findIndex((bucket) => bucket.amount !== null);
  return first < 0 ? 0 : first;
}

/** A series as the lines of a CSV. */
export const csvRows = (
  unit: string,
  series: readonly BucketOut[],
  compared: readonly BucketOut[],
): (string | number | null | undefined)[][] => [
  ['start', 'end', `amount_${unit}`, 'compared', 'estimated', 'days_covered'],
  ...series.map((one, index) => [
    ...[one.start, one.end, one.amount, compared[index]?.amount],
    ...[one.estimated ? 'yes' : 'no', one.days_covered],
  ]),
];
