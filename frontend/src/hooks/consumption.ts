import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import {
  batchConsumption,
  createConsumption,
  getConsumption,
  listConsumption,
  restoreConsumption,
  updateConsumption,
  type Batch,
  type ConsumptionCreate,
  type ConsumptionOut,
  type ListConsumptionData,
} from '@/lib/api';
import { keys } from '@/hooks/keys';
import { useRecordsChanged } from '@/hooks/records-changed';
import { newKey } from '@/lib/keyring';
import { toProblem, type Problem } from '@/lib/problem';

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

const MAX_BATCH = 1000;

const send = async (body: Batch) =>
  (await batchConsumption({ body, headers: { 'Idempotency-Key': newKey() } })).data;

function chunksOf<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}

/** Deletes any number of records; gives what brings them back. */
export function useDeleteRecords() {
  const recordsChanged = useRecordsChanged();
  return useMutation({
    mutationFn: async (ids: readonly number[]): Promise<string[]> => {
      const tokens: string[] = [];
      for (const part of chunksOf(ids, MAX_BATCH)) {
        const { undo_token: token } = await send({ delete: part });
        if (token) tokens.push(token);
      }
      return tokens;
    },
    onSettled: () => void recordsChanged(),
  });
}

/** Brings deleted records back: the same ones, not copies. */
export function useRestoreRecords() {
  const recordsChanged = useRecordsChanged();
  return useMutation({
    mutationFn: async (tokens: readonly string[]): Promise<number> => {
      let count = 0;
      for (const token of tokens) {
        const { data } = await restoreConsumption({ body: { undo_token: token } });
        count += data.restored.length;
      }
      return count;
    },
    onSettled: () => void recordsChanged(),
  });
}

export type Refused = { record: ConsumptionOut; problem: Problem };
export type Updated = { changed: ConsumptionOut[]; refused: Refused[] };

const MAX_ROUNDS = 50;

/**
 * Changes many records. A batch is all or nothing: what the server names as wrong is left out and
 * the others are sent again, so that one bad record does not hold back a hundred good ones.
 */
export function useUpdateRecords() {
  const recordsChanged = useRecordsChanged();
  return useMutation({
    mutationFn: async (changes: readonly RecordChange[]): Promise<Updated> => {
      const result: Updated = { changed: [], refused: [] };
      for (const part of chunksOf(changes, MAX_BATCH / 2)) await updatePart(part, result);
      return result;
    },
    onSettled: () => void recordsChanged(),
  });
}

export type RecordChange = { record: ConsumptionOut; body: ConsumptionCreate };

async function updatePart(part: readonly RecordChange[], result: Updated): Promise<void> {
  let rest = [...part];
  for (let round = 0; rest.length > 0; round += 1) {
    try {
      const update = rest.map(({ record, body }) => ({
        ...body,
        id: record.id,
        version: record.version,
      }));
      result.changed.push(...(await send({ update })).updated);
      return;
    } catch (error) {
      const problem = toProblem(error);
      const named = namedIn(problem);
      const isHopeless = named.size === 0 || round >= MAX_ROUNDS;
      const bad = (_: unknown, index: number) => isHopeless || named.has(index);
      result.refused.push(...rest.filter(bad).map(({ record }) => ({ record, problem })));
      rest = rest.filter((one, index) => !bad(one, index));
    }
  }
}

/** Which entries of a batch a problem is about. */
function namedIn({ fields, message }: Problem): Set<number> {
  const all = [...fields.keys(), message].join('\n');
  return new Set([...all.matchAll(/\bupdate\/(\d+)/g)].map(([, index]) => Number(index)));
}
