import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { createApiKey, listApiKeys, revokeApiKey, type ApiKeyCreate } from '@/lib/api';
import { keys } from '@/hooks/keys';

/** One's keys that are not revoked. */
export const apiKeyListOptions = () =>
  queryOptions({
    queryKey: keys.apiKeys,
    queryFn: async ({ signal }) => (await listApiKeys({ signal })).data.items,
  });

export function useCreateApiKey() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (body: ApiKeyCreate) => (await createApiKey({ body })).data,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.apiKeys }),
    // The answer holds the key itself, which is not to stay in memory.
    gcTime: 0,
  });
}

export function useRevokeApiKey() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => revokeApiKey({ path: { key_id: id } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.apiKeys }),
  });
}
