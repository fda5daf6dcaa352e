import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query';

import {
  cancelImport,
  createImport,
  getImport,
  listImports,
  undoImport,
  type ImportForm,
  type ImportOut,
} from '@/lib/api';
import { keys } from '@/hooks/keys';
import { useRecordsChanged } from '@/hooks/records-changed';

export type ReadingChoices = Pick<
  ImportForm,
  'mapping' | 'meter_id' | 'on_conflict' | 'profile' | 'site_id'
>;
export type ChosenFile = { file: File; id: number };
type OnProgress = (share: number) => void;

const UPLOAD_TIMEOUT_MS = 300_000;
const LOOK_AGAIN_MS = 1_000;

const progress = (onProgress: OnProgress) => ({
  timeout: UPLOAD_TIMEOUT_MS,
  onUploadProgress: ({ loaded, total }: { loaded: number; total?: number }) =>
    onProgress(total ? loaded / total : 0),
});

/** Whether the server is still at it. */
export const isUnderWay = ({ status }: Pick<ImportOut, 'status'>): boolean =>
  status === 'queued' || status === 'running';

/** What a file would do, read by these choices; nothing is written. */
export const dryRunOptions = (
  { file, id }: ChosenFile,
  choices: ReadingChoices,
  onProgress: OnProgress,
) =>
  queryOptions({
    queryKey: [...keys.imports, 'dry-run', id, choices],
    queryFn: async ({ signal }) =>
      (
        await createImport({
          body: { file, ...choices, dry_run: true },
          signal,
          ...progress(onProgress),
        })
      ).data,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    refetchOnReconnect: false,
    retry: false,
  });

/** Imports, newest first; asked again while one of them is under way. */
export const importListOptions = () =>
  infiniteQueryOptions({
    queryKey: [...keys.imports, 'list'],
    queryFn: async ({ signal, pageParam }) => {
      const query = pageParam === null ? {} : { before: pageParam };
      return (await listImports({ query, signal })).data;
    },
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next_before,
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ items }) => items.some(isUnderWay)) ? LOOK_AGAIN_MS : false,
  });

/** One import, asked again until it has ended. */
export const importOptions = (id: number) =>
  queryOptions({
    queryKey: [...keys.imports, 'one', id],
    queryFn: async ({ signal }) => (await getImport({ path: { import_id: id }, signal })).data,
    refetchInterval: ({ state }) => (state.data && !isUnderWay(state.data) ? false : LOOK_AGAIN_MS),
  });

type Storing = {
  file: File;
  choices: ReadingChoices;
  mode: 'all' | 'valid';
  key: string;
  signal: AbortSignal;
  onProgress: OnProgress;
};

/** Everything that an import adds to, or takes away from, is asked for again. */
export function useImportsChanged() {
  const recordsChanged = useRecordsChanged();
  const queryClient = useQueryClient();
  return () => {
    void recordsChanged();
    void queryClient.invalidateQueries({ queryKey: [...keys.imports, 'list'] });
  };
}

export function useStoreImport() {
  const onSuccess = useImportsChanged();
  return useMutation({
    mutationFn: async ({ file, choices, mode, key, signal, onProgress }: Storing) =>
      (
        await createImport({
          body: { file, ...choices, mode, dry_run: false },
          headers: { 'Idempotency-Key': key },
          signal,
          ...progress(onProgress),
        })
      ).data,
    onSuccess,
  });
}

export function useUndoImport() {
  const onSuccess = useImportsChanged();
  return useMutation({
    mutationFn: async (id: number) => (await undoImport({ path: { import_id: id } })).data,
    onSuccess,
  });
}

export function useCancelImport() {
  const onSuccess = useImportsChanged();
  return useMutation({
    mutationFn: async (id: number) => (await cancelImport({ path: { import_id: id } })).data,
    onSuccess,
  });
}
