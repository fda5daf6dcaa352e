import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';

import { usePreferences } from '@/context/preferences';
import { keys } from '@/hooks/keys';
import { getAnalytics, type AnalyticsOut, type GetAnalyticsData } from '@/lib/api';
import { inUnits } from '@/lib/display-units';

export type AnalyticsQuestion = NonNullable<GetAnalyticsData['query']>;

/** Totals and series by utility for a range. */
export const analyticsOptions = (question: AnalyticsQuestion) =>
  queryOptions({
    queryKey: [...keys.analytics, question],
    queryFn: async ({ signal }) => (await getAnalytics({ query: question, signal })).data,
    placeholderData: keepPreviousData,
  });

/** The same in the units that the person reads. */
export function useShownAnalytics(question: AnalyticsQuestion) {
  const { units } = usePreferences().preferences;
  const select = useCallback((data: AnalyticsOut) => inUnits(data, units), [units]);
  return useQuery({ ...analyticsOptions(question), select });
}
