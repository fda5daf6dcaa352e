import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import {
  changePassword,
  listSessions,
  revokeOtherSessions,
  revokeSession,
  updateMe,
  type PasswordChange,
  type ProfileUpdate,
} from '@/lib/api';
import { keys } from '@/hooks/keys';
import { sessionStore } from '@/lib/session-store';

export const sessionListOptions = () =>
  queryOptions({
    queryKey: keys.sessions,
    queryFn: async ({ signal }) => (await listSessions({ signal })).data.items,
  });

export function useUpdateMe() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (body: ProfileUpdate) => (await updateMe({ body })).data,
    onSuccess: (me) => {
      sessionStore.update(me);
      // The time zone decides what a day is.
      void queryClient.invalidateQueries({ queryKey: keys.analytics });
    },
  });
}

export function useEndSessions() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: number | 'others') =>
      id === 'others' ? revokeOtherSessions() : revokeSession({ path: { session_id: id } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.sessions }),
  });
}

export function useChangePassword() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: PasswordChange) => changePassword({ body }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.sessions }),
  });
}
