import { keepPreviousData, queryOptions } from '@tanstack/react-query';

import { getAnalytics, type GetAnalyticsData } from '@/lib/api';
import { keys } from '@/hooks/keys';

export type AnalyticsQuestion = NonNullable<GetAnalyticsData['query']>;

/** Totals and series by utility for a range. */
export const analyticsOptions = (question: AnalyticsQuestion) =>
  queryOptions({
    queryKey: [...keys.analytics, question],
    queryFn: async ({ signal }) => (await getAnalytics({ query: question, signal })).data,
    placeholderData: keepPreviousData,
  });
