import type { AnalyticsOut, BucketOut, ComparisonOut, UtilityOut } from '@/lib/api';
import { addDays, countDays, type Day } from '@/lib/days';
import { UTILITIES } from '@/lib/units';

/** One utility can be counted in two base units (gas in kWh and in m³); they are never added. */
export const utilityKey = (utility: UtilityOut): string =>
  `${utility.consumption_type}.${utility.unit}`;

export function chosenUtility(data: AnalyticsOut, key: string | null): UtilityOut | undefined {
  const shown = inOrder(data.utilities);
  return (
    shown.find((one) => utilityKey(one) === key) ??
    shown.find((one) => one.total !== null) ??
    shown[0]
  );
}

/** The utilities in their one order on screen. */
export const inOrder = (utilities: readonly UtilityOut[]): UtilityOut[] =>
  [...utilities].sort(
    (a, b) => UTILITIES.indexOf(a.consumption_type) - UTILITIES.indexOf(b.consumption_type),
  );

/** Days of the range that are over without any data; today may still bring some. */
export function missingDays(data: AnalyticsOut, utility: UtilityOut): number {
  if (utility.total === null) return 0;
  const yesterday = addDays(data.today, -1);
  const last = data.date_to < yesterday ? data.date_to : yesterday;
  const over = last < data.date_from ? 0 : countDays(data.date_from, last);
  return Math.max(0, over - utility.days_covered);
}

/** The days that the change is against: as many of the earlier range as have begun in this one. */
export function comparedRange(data: AnalyticsOut, { date_from, date_to }: ComparisonOut) {
  const end = addDays(date_from, Math.max(1, elapsedDays(data)) - 1);
  return { first: date_from, last: end < date_to ? end : date_to };
}

/** Days of the range that are over or running. */
export function elapsedDays(data: AnalyticsOut): number {
  const last = data.date_to < data.today ? data.date_to : data.today;
  return last < data.date_from ? 0 : countDays(data.date_from, last);
}

/** Runs of neighbouring days without data, up to and without today. */
export function missingRuns(series: readonly BucketOut[], today: Day): { first: Day; last: Day }[] {
  const runs: { first: Day; last: Day }[] = [];
  let isOpen = false;
  for (const { start, end, amount } of series) {
    const isMissing = amount === null && end < today;
    const run = runs.at(-1);
    if (isMissing && isOpen && run) run.last = end;
    else if (isMissing) runs.push({ first: start, last: end });
    isOpen = isMissing;
  }
  return runs;
}
