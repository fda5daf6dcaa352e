import type { AnalyticsOut, BucketOut, UtilityOut } from '@/lib/api';
import { countDays, type Day } from '@/lib/days';

/** One utility can be counted in two base units (gas in kWh and in m³); they are never added. */
export const utilityKey = (utility: UtilityOut): string =>
  `${utility.consumption_type}.${utility.unit}`;

export function chosenUtility(data: AnalyticsOut, key: string | null): UtilityOut | undefined {
  return data.utilities.find((one) => utilityKey(one) === key) ?? data.utilities[0];
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
