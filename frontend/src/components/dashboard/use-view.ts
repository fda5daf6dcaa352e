import { useMemo } from 'react';

import { useMe } from '@/context/session';
import { oneOf, useUrlState, type UrlChange } from '@/hooks/url-state';
import type { GroupBy } from '@/lib/api';
import { isDay, todayIn, type Day } from '@/lib/days';
import { DEFAULT_GROUP, GROUPS, rangeOf, shift, SPANS, type Range, type Span } from '@/lib/periods';

export const COMPARES = ['last_year', 'previous', 'none'] as const;
export type Compare = (typeof COMPARES)[number];

export type View = {
  span: Span;
  at: Day;
  group: GroupBy;
  compare: Compare;
  /** Which of the answer's utilities the chart shows, as `type.unit`; null takes the first. */
  utility: string | null;
  range: Range;
  today: Day;
};

/** What the dashboard shows, read from and written to the URL. */
export function useView() {
  const { params, change } = useUrlState();
  const { account } = useMe();
  const today = todayIn(account.time_zone);
  const view = useMemo((): View => {
    const span = oneOf(params.get('span'), SPANS, 'month');
    const wanted = params.get('at');
    const at = isDay(wanted) ? wanted : today;
    return {
      span,
      at,
      group: oneOf(params.get('group'), GROUPS[span], DEFAULT_GROUP[span]),
      compare: oneOf(params.get('compare'), COMPARES, 'last_year'),
      utility: params.get('utility'),
      range: rangeOf(span, at),
      today,
    };
  }, [params, today]);

  /** A new span takes its own default grouping. */
  const look = (span: Span, at: Day) =>
    change({ span: span === 'month' ? null : span, at: at === today ? null : at, group: null });

  return {
    view,
    look,
    move: (steps: number) => look(view.span, shift(view.span, view.at, steps)),
    change: (entries: UrlChange) => change(entries),
  };
}
