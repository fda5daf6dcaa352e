import type { GroupBy } from '@/lib/api';
import {
  addDays,
  addMonths,
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
