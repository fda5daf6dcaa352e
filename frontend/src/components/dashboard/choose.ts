import type { BucketOut, ComparisonOut, MeterOut } from '@/lib/api';
import { addDays, countDays, type Day } from '@/lib/days';
import type { ShownAnalytics, ShownUtility } from '@/lib/display-units';
import { UTILITIES } from '@/lib/units';

/** One utility can be counted in two base units (gas in kWh and in m³); they are never added. */
export const utilityKey = (utility: ShownUtility): string =>
  `${utility.consumption_type}.${utility.base_unit}`;

export function chosenUtility(data: ShownAnalytics, key: string | null): ShownUtility | undefined {
  const shown = inOrder(data.utilities);
  return (
    shown.find((one) => utilityKey(one) === key) ??
    shown.find((one) => one.total !== null) ??
    shown[0]
  );
}

/** The utilities in their one order on screen. */
export const inOrder = (utilities: readonly ShownUtility[]): ShownUtility[] =>
  [...utilities].sort(
    (a, b) => UTILITIES.indexOf(a.consumption_type) - UTILITIES.indexOf(b.consumption_type),
  );

/**
 * Days of the range that are over without any data; today may still bring some, and before the
 * first data ever nothing is missing.
 */
export function missingDays(data: ShownAnalytics, utility: ShownUtility): number {
  if (utility.total === null || utility.first_day === null) return 0;
  const first = data.date_from < utility.first_day ? utility.first_day : data.date_from;
  const yesterday = addDays(data.today, -1);
  const last = data.date_to < yesterday ? data.date_to : yesterday;
  const over = last < first ? 0 : countDays(first, last);
  return Math.max(0, over - utility.days_covered);
}

/** The days that the change is against: as many of the earlier range as have begun in this one. */
export function comparedRange(data: ShownAnalytics, { date_from, date_to }: ComparisonOut) {
  const end = addDays(date_from, Math.max(1, elapsedDays(data)) - 1);
  return { first: date_from, last: end < date_to ? end : date_to };
}

/** Days of the range that are over or running. */
export function elapsedDays(data: ShownAnalytics): number {
  const last = data.date_to < data.today ? data.date_to : data.today;
  return last < data.date_from ? 0 : countDays(data.date_from, last);
}

/** Runs of neighbouring days that are as asked. */
export function runsOf(
  series: readonly BucketOut[],
  isOne: (bucket: BucketOut) => boolean,
): { first: Day; last: Day }[] {
  const runs: { first: Day; last: Day }[] = [];
  let isOpen = false;
  for (const bucket of series) {
    const isIn = isOne(bucket);
    const run = runs.at(-1);
    if (isIn && isOpen && run) run.last = bucket.end;
    else if (isIn) runs.push({ first: bucket.start, last: bucket.end });
    isOpen = isIn;
  }
  return runs;
}

export type Comparing = {
  /** How much more or less; null where too little is known to say. */
  percent: number | null;
  /** By the average day, because the two sides do not have the same days. */
  isPerDay: boolean;
  isTooFew: boolean;
  /** Days are missing on one side, so that the figure is a hint. */
  isIncomplete: boolean;
  days: number;
  daysCovered: number;
};

/** The change against the earlier range, and how it was told. */
export function comparing(data: ShownAnalytics, utility: ShownUtility): Comparing | null {
  const { comparison, total } = utility;
  if (!comparison || comparison.total === null || total === null) return null;
  const { first, last } = comparedRange(data, comparison);
  const days = countDays(first, last);
  const { days_covered: daysCovered, change_percent: percent } = comparison;
  return {
    percent,
    isPerDay: comparison.change_basis === 'daily_average',
    isTooFew: comparison.change_unknown === 'too_few_days',
    isIncomplete: missingDays(data, utility) > 0 || daysCovered < days,
    days,
    daysCovered,
  };
}

/** The days of the range up to today. */
export function shownDays({ date_from: first, date_to: last, today }: ShownAnalytics) {
  return { first, last: last < today ? last : today };
}

/** The meter that knows at which hours the chosen utility was used. */
export function hourlyMeter(
  data: ShownAnalytics,
  chosen: string | null,
  meters: readonly MeterOut[],
): MeterOut | undefined {
  const utility = chosenUtility(data, chosen);
  const { first, last } = shownDays(data);
  return utility && meters.find((meter) => isKnownByHour(meter, utility, first, last));
}

/** Whether a meter knows the hours of some days of a range for a utility. */
export const isKnownByHour = (
  meter: MeterOut,
  utility: ShownUtility,
  first: Day,
  last: Day,
): boolean =>
  meter.source === 'intervals' &&
  meter.direction === 'import' &&
  meter.consumption_type === utility.consumption_type &&
  meter.unit === utility.base_unit &&
  meter.first_day !== null &&
  meter.last_day !== null &&
  meter.first_day <= last &&
  first <= meter.last_day;
