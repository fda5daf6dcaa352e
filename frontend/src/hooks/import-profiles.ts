import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { createProfile, deleteProfile, listProfiles, type ImportProfileCreate } from '@/lib/api';
import { keys } from '@/hooks/keys';

const queryKey = [...keys.imports, 'profiles'];

/** Saved ways to read files. */
export const profileListOptions = () =>
  queryOptions({
    queryKey,
    queryFn: async ({ signal }) => (await listProfiles({ signal })).data.items,
  });

export function useSaveProfile() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (body: ImportProfileCreate) => (await createProfile({ body })).data,
    onSuccess: () => queryClient.invalidateQueries({ queryKey }),
  });
}

export function useDeleteProfile() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => deleteProfile({ path: { profile_id: id } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey }),
  });
}
