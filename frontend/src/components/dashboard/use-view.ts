import { useCallback, useMemo } from 'react';

import { useMe } from '@/context/session';
import { oneOf, useUrlState, type UrlChange } from '@/hooks/url-state';
import type { GroupBy } from '@/lib/api';
import { isDay, todayIn, type Day } from '@/lib/days';
import {
  DEFAULT_GROUP,
  GROUPS,
  groupsFor,
  rangeOf,
  shift,
  SPANS,
  step,
  type Range,
  type Span,
} from '@/lib/periods';

export const COMPARES = ['last_year', 'previous', 'none'] as const;
export type Compare = (typeof COMPARES)[number];

export type View = {
  span: Span;
  at: Day;
  group: GroupBy;
  groups: readonly GroupBy[];
  compare: Compare;
  /** Which of the answer's utilities the chart shows, as `type.unit`; null takes the first. */
  utility: string | null;
  /** What is on screen: the period, or the free range that was laid over it. */
  range: Range;
  isFree: boolean;
  today: Day;
};

export type Look = {
  span: (span: Span, at: Day) => void;
  /** Any first and last day; null goes back to the whole period. */
  range: (range: Range | null) => void;
  move: (steps: number) => void;
  change: (change: UrlChange) => void;
};

const FIRST_DAY = '1900-01-01';

function freeRange(params: URLSearchParams): Range | null {
  const first = params.get('from');
  const last = params.get('to');
  return isDay(first) && isDay(last) && FIRST_DAY <= first && first <= last
    ? { first, last }
    : null;
}

/** What the dashboard shows, read from and written to the URL. */
export function useView(): { view: View; look: Look } {
  const { params, change } = useUrlState();
  const { account } = useMe();
  const today = todayIn(account.time_zone);
  const view = useMemo((): View => {
    const span = oneOf(params.get('span'), SPANS, 'month');
    const wanted = params.get('at');
    const at = isDay(wanted) ? wanted : today;
    const free = freeRange(params);
    const { groups, usual } = free
      ? groupsFor(free)
      : { groups: GROUPS[span], usual: DEFAULT_GROUP[span] };
    return {
      span,
      at,
      group: oneOf(params.get('group'), groups, usual),
      groups,
      compare: oneOf(params.get('compare'), COMPARES, 'last_year'),
      utility: params.get('utility'),
      range: free ?? rangeOf(span, at),
      isFree: free !== null,
      today,
    };
  }, [params, today]);

  // A new span or range takes its own default grouping.
  const lookAtSpan = useCallback(
    (span: Span, at: Day) =>
      change({
        ...{ span: span === 'month' ? null : span, at: at === today ? null : at },
        ...{ group: null, from: null, to: null },
      }),
    [change, today],
  );
  const { span, at, isFree, range } = view;
  const lookAtRange = useCallback(
    (next: Range | null) => {
      const whole = rangeOf(span, at);
      const isInside = next === null || (whole.first <= next.first && next.last <= whole.last);
      change({
        ...{ from: next?.first ?? null, to: next?.last ?? null, group: null },
        // "The whole period" is one that has to do with what is on screen.
        ...(isInside ? {} : { at: next.first }),
      });
    },
    [change, span, at],
  );
  const move = useCallback(
    (steps: number) =>
      isFree ? lookAtRange(step(range, steps)) : lookAtSpan(span, shift(span, at, steps)),
    [isFree, range, span, at, lookAtRange, lookAtSpan],
  );
  const look = useMemo(
    () => ({
      span: lookAtSpan,
      range: lookAtRange,
      move,
      change: (entries: UrlChange) => change(entries),
    }),
    [lookAtSpan, lookAtRange, move, change],
  );
  return { view, look };
}
