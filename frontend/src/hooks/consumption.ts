import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import {
  batchConsumption,
  createConsumption,
  deleteConsumption,
  getConsumption,
  listConsumption,
  updateConsumption,
  type Batch,
  type ConsumptionCreate,
  type ConsumptionOut,
  type ListConsumptionData,
} from '@/lib/api';
import { keys } from '@/hooks/keys';
import { useRecordsChanged } from '@/hooks/records-changed';
import { newKey } from '@/lib/keyring';

export type RecordQuery = NonNullable<ListConsumptionData['query']>;

export const recordListOptions = (query: RecordQuery) =>
  queryOptions({
    queryKey: [...keys.consumption, 'list', query],
    queryFn: async ({ signal }) => (await listConsumption({ query, signal })).data,
    placeholderData: keepPreviousData,
  });

export const recordOptions = (id: number) =>
  queryOptions({
    queryKey: [...keys.consumption, 'one', id],
    queryFn: async ({ signal }) =>
      (await getConsumption({ path: { consumption_id: id }, signal })).data,
    // A form that is being filled in must not change under the hands.
    refetchOnWindowFocus: false,
  });

/** What a record is made of, to send it again. */
export const asInput = (record: ConsumptionOut): ConsumptionCreate => ({
  consumption_type: record.consumption_type,
  amount: record.amount,
  unit: record.unit as ConsumptionCreate['unit'],
  consumption_date: record.consumption_date,
  period_start: record.period_start,
  meter_id: record.meter_id,
  description: record.description,
});

export function useCreateRecord() {
  const recordsChanged = useRecordsChanged();
  return useMutation({
    mutationFn: async ({ body, key }: { body: ConsumptionCreate; key: string }) =>
      (await createConsumption({ body, headers: { 'Idempotency-Key': key } })).data,
    onSuccess: () => void recordsChanged(),
  });
}

export type Replacement = { id: number; version: number; body: ConsumptionCreate };

export function useReplaceRecord() {
  const recordsChanged = useRecordsChanged();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, version, body }: Replacement) => {
      const headers = { 'If-Match': `"${version}"` };
      return (await updateConsumption({ path: { consumption_id: id }, body, headers })).data;
    },
    onSuccess: (saved) => {
      queryClient.setQueryData(recordOptions(saved.id).queryKey, saved);
      void recordsChanged();
    },
  });
}

export function useDeleteRecord() {
  const recordsChanged = useRecordsChanged();
  return useMutation({
    mutationFn: (id: number) => deleteConsumption({ path: { consumption_id: id } }),
    onSuccess: () => void recordsChanged(),
  });
}

export function useBatch() {
  const recordsChanged = useRecordsChanged();
  return useMutation({
    mutationFn: async (body: Batch) =>
      (await batchConsumption({ body, headers: { 'Idempotency-Key': newKey() } })).data,
    onSuccess: () => void recordsChanged(),
  });
}
