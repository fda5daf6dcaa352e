import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
} from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import {
  createRead,
  deleteRead,
  getExpectedRead,
  listReads,
  recordDialEvent,
  updateRead,
  type DialEventIn,
  type ReadCreate,
  type ReadOut,
  type ReadUpdate,
} from '@/lib/api';
import { keys } from '@/hooks/keys';
import { useRecordsChanged } from '@/hooks/records-changed';

const PER_PAGE = 20;

export const readListOptions = (meterId: number) =>
  infiniteQueryOptions({
    queryKey: [...keys.meters, 'reads', meterId],
    queryFn: async ({ signal, pageParam }) =>
      (
        await listReads({
          path: { meter_id: meterId },
          query: { per_page: PER_PAGE, ...(pageParam ? { cursor: pageParam } : {}) },
          signal,
        })
      ).data,
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
  });

export type Typing = {
  at: string | null;
  value: number | null;
  readId: number | null;
  rollover: boolean;
};

/** What to expect at an instant, and what the value that is being typed would mean. */
export const expectedReadOptions = (meterId: number, { at, value, readId, rollover }: Typing) =>
  queryOptions({
    queryKey: [...keys.meters, 'expected', meterId, at, value, readId, rollover],
    queryFn: async ({ signal }) =>
      (
        await getExpectedRead({
          path: { meter_id: meterId },
          query: {
            at: at ?? '',
            rollover,
            ...(value === null ? {} : { value }),
            ...(readId === null ? {} : { read_id: readId }),
          },
          signal,
        })
      ).data,
    enabled: at !== null,
    placeholderData: keepPreviousData,
    staleTime: 0,
    retry: false,
  });

/** The value, once it has stood still for a moment. */
export function useSettled<T>(value: T, ms = 250): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

type Saving = { body: ReadCreate & ReadUpdate; read: ReadOut | null; key: string };

export function useSaveRead(meterId: number) {
  const changed = useRecordsChanged();
  return useMutation({
    mutationFn: async ({ body, read, key }: Saving): Promise<ReadOut> =>
      read
        ? (
            await updateRead({
              path: { meter_id: meterId, read_id: read.id },
              body,
              headers: { 'If-Match': `"${read.version}"` },
            })
          ).data
        : (
            await createRead({
              path: { meter_id: meterId },
              body,
              headers: { 'Idempotency-Key': key },
            })
          ).data,
    onSuccess: changed,
  });
}

export function useDialEvent(meterId: number) {
  const changed = useRecordsChanged();
  return useMutation({
    mutationFn: async ({ body, key }: { body: DialEventIn; key: string }) =>
      (
        await recordDialEvent({
          path: { meter_id: meterId },
          body,
          headers: { 'Idempotency-Key': key },
        })
      ).data,
    onSuccess: changed,
  });
}

export function useDeleteRead(meterId: number) {
  const changed = useRecordsChanged();
  return useMutation({
    mutationFn: async (read: ReadOut) => {
      await deleteRead({
        path: { meter_id: meterId, read_id: read.id },
        headers: { 'If-Match': `"${read.version}"` },
      });
    },
    onSuccess: changed,
  });
}
