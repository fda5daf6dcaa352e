import { useMemo } from 'react';

import type { RecordQuery } from '@/hooks/consumption';
import { oneOf, useUrlState, type UrlChange } from '@/hooks/url-state';
import { isDay } from '@/lib/days';
import { isUtility } from '@/lib/units';

const SORTS = [
  '-consumption_date',
  'consumption_date',
  '-amount',
  'amount',
  '-created_at',
  'created_at',
] as const;
const PAGE_SIZES = ['20', '50', '100', 'all'] as const;

export type Filters = Omit<RecordQuery, 'page' | 'per_page' | 'cursor'>;
export type PageSize = (typeof PAGE_SIZES)[number];
export { PAGE_SIZES };

function positive(text: string | null): number | undefined {
  const number = Number(text);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

/** The list's filters, order and page: read from the URL, which alone keeps them. */
export function useFilters() {
  const { params, change } = useUrlState();
  const view = useMemo(() => {
    const type = params.get('consumption_type');
    const from = params.get('date_from');
    const to = params.get('date_to');
    const filters: Filters = {
      consumption_type: isUtility(type) ? type : undefined,
      meter_id: positive(params.get('meter_id')),
      import_id: positive(params.get('import_id')),
      date_from: isDay(from) ? from : undefined,
      date_to: isDay(to) && !(isDay(from) && from > to) ? to : undefined,
      q: params.get('q')?.slice(0, 200) || undefined,
      sort: oneOf(params.get('sort'), SORTS, '-consumption_date'),
    };
    const { sort: _, ...narrowing } = filters;
    return {
      filters,
      page: positive(params.get('page')) ?? 1,
      pageSize: oneOf(params.get('per_page'), PAGE_SIZES, '20'),
      isFiltered: Object.values(narrowing).some((value) => value !== undefined),
    };
  }, [params]);
  return {
    ...view,
    /** Any change but of the page itself starts at the first page. */
    change: (entries: UrlChange) => change({ page: null, ...entries }),
    clear: () =>
      change({
        ...{ consumption_type: null, meter_id: null, import_id: null },
        ...{ date_from: null, date_to: null, q: null, page: null },
      }),
  };
}
