import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query';

import { createImport, listImports, undoImport, type ImportForm } from '@/lib/api';
import { keys } from '@/hooks/keys';
import { useRecordsChanged } from '@/hooks/records-changed';

export type ReadingChoices = Pick<ImportForm, 'mapping' | 'meter_id' | 'on_conflict'>;
export type ChosenFile = { file: File; id: number };
type OnProgress = (share: number) => void;

const UPLOAD_TIMEOUT_MS = 300_000;

const progress = (onProgress: OnProgress) => ({
  timeout: UPLOAD_TIMEOUT_MS,
  onUploadProgress: ({ loaded, total }: { loaded: number; total?: number }) =>
    onProgress(total ? loaded / total : 0),
});

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
    staleTime: Infinity,
    refetchOnReconnect: false,
    retry: false,
  });

export const importListOptions = () =>
  infiniteQueryOptions({
    queryKey: [...keys.imports, 'list'],
    queryFn: async ({ signal, pageParam }) => {
      const query = pageParam === null ? {} : { before: pageParam };
      return (await listImports({ query, signal })).data;
    },
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next_before,
  });

type Storing = {
  file: File;
  choices: ReadingChoices;
  mode: 'all' | 'valid';
  key: string;
  signal: AbortSignal;
  onProgress: OnProgress;
};

export function useStoreImport() {
  const recordsChanged = useRecordsChanged();
  const queryClient = useQueryClient();
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
    onSuccess: () => {
      void recordsChanged();
      void queryClient.invalidateQueries({ queryKey: [...keys.imports, 'list'] });
    },
  });
}

export function useUndoImport() {
  const recordsChanged = useRecordsChanged();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (id: number) => (await undoImport({ path: { import_id: id } })).data,
    onSuccess: () => {
      void recordsChanged();
      void queryClient.invalidateQueries({ queryKey: [...keys.imports, 'list'] });
    },
  });
}
