import type { GroupBy } from '@/lib/api';
import {
  addDays,
  addMonths,
  countDays,
  startOfMonth,
  startOfQuarter,
  startOfWeek,
  startOfYear,
  type Day,
} from '@/lib/days';

/** What one look at the dashboard spans; `years` is the last ten. */
export const SPANS = ['week', 'month', 'quarter', 'year', 'years'] as const;
export type Span = (typeof SPANS)[number];
export type Range = { first: Day; last: Day };

export const GROUPS: Record<Span, readonly GroupBy[]> = {
  week: ['day'],
  month: ['day', 'week'],
  quarter: ['day', 'week', 'month'],
  year: ['day', 'week', 'month', 'quarter'],
  years: ['month', 'quarter', 'year'],
};

export const DEFAULT_GROUP: Record<Span, GroupBy> = {
  week: 'day',
  month: 'day',
  quarter: 'week',
  year: 'month',
  years: 'year',
};

const YEARS_SHOWN = 10;

export function startOf(span: Span, day: Day): Day {
  switch (span) {
    case 'week':
      return startOfWeek(day);
    case 'month':
      return startOfMonth(day);
    case 'quarter':
      return startOfQuarter(day);
    case 'year':
      return startOfYear(day);
    case 'years':
      return startOfYear(addMonths(day, -12 * (YEARS_SHOWN - 1)));
  }
}

const MONTHS: Record<Exclude<Span, 'week'>, number> = {
  month: 1,
  quarter: 3,
  year: 12,
  years: 12 * YEARS_SHOWN,
};

/** The calendar period of that length around a day, both ends included. */
export function rangeOf(span: Span, day: Day): Range {
  const first = startOf(span, day);
  const next = span === 'week' ? addDays(first, 7) : addMonths(first, MONTHS[span]);
  return { first, last: addDays(next, -1) };
}

export function shift(span: Span, day: Day, steps: number): Day {
  if (span === 'week') return addDays(startOfWeek(day), 7 * steps);
  return addMonths(span === 'years' ? day : startOf(span, day), MONTHS[span] * steps);
}

/** Where a click on a bucket leads: the span that the bucket fills; a day leads to its records. */
export function spanInside(group: GroupBy): Span | null {
  return group === 'day' ? null : group;
}

/** Where "up" leads from a span. */
export function spanAround(span: Span): Span | null {
  return { week: 'month', month: 'year', quarter: 'year', year: 'years', years: null }[
    span
  ] as Span | null;
}

/** The calendar periods that a free range lies in, the longest first. */
export const spansAround = ({ first, last }: Range): Span[] =>
  (['years', 'year', 'month'] as const).filter((span) => last <= rangeOf(span, first).last);

const endsMonth = (day: Day): boolean => startOfMonth(addDays(day, 1)) === addDays(day, 1);

/** The groupings that make sense for a free range, and the first choice among them. */
export function groupsFor({ first, last }: Range): { groups: GroupBy[]; usual: GroupBy } {
  const days = countDays(first, last);
  const groups = (['day', 'week', 'month', 'quarter', 'year'] as const).filter(
    (group) => SHORTEST_DAYS[group] <= days && days <= LONGEST_DAYS[group],
  );
  const usual = groups.find((group) => days <= USUAL_DAYS[group]) ?? 'year';
  return { groups, usual };
}

const SHORTEST_DAYS: Record<GroupBy, number> = {
  day: 1,
  week: 14,
  month: 56,
  quarter: 180,
  year: 366,
};
const LONGEST_DAYS: Record<GroupBy, number> = {
  day: 1100,
  week: 3660,
  month: Infinity,
  quarter: Infinity,
  year: Infinity,
};
const USUAL_DAYS: Record<GroupBy, number> = {
  day: 93,
  week: 183,
  month: 1830,
  quarter: 3660,
  year: Infinity,
};

/** Moves a range by whole buckets; one that ends with a month goes on ending with one. */
export function slide({ first, last }: Range, group: GroupBy, steps: number): Range {
  if (group === 'day' || group === 'week') {
    const days = steps * (group === 'week' ? 7 : 1);
    return { first: addDays(first, days), last: addDays(last, days) };
  }
  const months = steps * { month: 1, quarter: 3, year: 12 }[group];
  const end = endsMonth(last)
    ? addDays(addMonths(addDays(last, 1), months), -1)
    : addMonths(last, months);
  return { first: addMonths(first, months), last: end };
}

/** The range just before or after: as many calendar months where it is made of them, else days. */
export function step(range: Range, steps: number): Range {
  const { first, last } = range;
  const isMonths = first === startOfMonth(first) && endsMonth(last);
  if (!isMonths) return slide(range, 'day', steps * countDays(first, last));
  const months =
    (Number(last.slice(0, 4)) - Number(first.slice(0, 4))) * 12 +
    (Number(last.slice(5, 7)) - Number(first.slice(5, 7))) +
    1;
  return slide(range, 'month', steps * months);
}
