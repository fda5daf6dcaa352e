import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { keys } from '@/hooks/keys';
import { useRecordsChanged } from '@/hooks/records-changed';
import {
  createCorrection,
  getProfile,
  getQuality,
  getSeries,
  listReads,
  type CorrectionIn,
  type GetSeriesData,
} from '@/lib/api';

export type SeriesQuestion = NonNullable<GetSeriesData['query']>;
export type DayRange = { from?: string; to?: string };

/** Values by their start; `start` is always there, as `layout` is left at points. */
export const seriesOptions = (meterId: number, question: SeriesQuestion) =>
  queryOptions({
    queryKey: [...keys.meters, 'series', meterId, question],
    queryFn: async ({ signal }) =>
      (await getSeries({ path: { meter_id: meterId }, query: question, signal })).data,
    placeholderData: keepPreviousData,
  });

/** When a meter's use happens: by day and hour, and on a typical day. */
export const profileOptions = (meterId: number, range: DayRange = {}) =>
  queryOptions({
    queryKey: [...keys.meters, 'profile', meterId, range],
    queryFn: async ({ signal }) =>
      (await getProfile({ path: { meter_id: meterId }, query: range, signal })).data,
  });

export const qualityOptions = (meterId: number, range: DayRange = {}) =>
  queryOptions({
    queryKey: [...keys.meters, 'quality', meterId, range],
    queryFn: async ({ signal }) =>
      (await getQuality({ path: { meter_id: meterId }, query: range, signal })).data,
  });

/** The newest reads that say what happened to a meter. */
export const eventOptions = (meterId: number) =>
  queryOptions({
    queryKey: [...keys.meters, 'events', meterId],
    queryFn: async ({ signal }) =>
      (await listReads({ path: { meter_id: meterId }, signal })).data.items.filter(
        (read) => read.event !== null,
      ),
  });

export function useCorrect(meterId: number) {
  const recordsChanged = useRecordsChanged();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (body: CorrectionIn) =>
      (await createCorrection({ path: { meter_id: meterId }, body })).data,
    onSuccess: async () => {
      void queryClient.invalidateQueries({ queryKey: [...keys.imports, 'list'] });
      await recordsChanged();
    },
  });
}
