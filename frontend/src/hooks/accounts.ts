import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import {
  addMember,
  createAccount,
  listAccounts,
  listMembers,
  removeMember,
  switch_,
  updateMember,
  type AccountCreate,
  type MemberAdd,
  type MemberOut,
} from '@/lib/api';
import { useSession } from '@/context/session';
import { keys } from '@/hooks/keys';

export type Role = MemberAdd['role'];
export const ROLES: readonly Role[] = ['owner', 'editor', 'viewer'];

export const accountListOptions = () =>
  queryOptions({
    queryKey: keys.accounts,
    queryFn: async ({ signal }) => (await listAccounts({ signal })).data.items,
  });

export const memberListOptions = () =>
  queryOptions({
    queryKey: keys.members,
    queryFn: async ({ signal }) => (await listMembers({ signal })).data.items,
  });

/** Goes on in another account, in all tabs. */
export function useSwitchAccount() {
  const { signIn } = useSession();
  return useMutation({
    mutationFn: async (id: number) => (await switch_({ body: { account_id: id } })).data,
    onSuccess: (answer) => signIn(answer),
  });
}

export function useCreateAccount() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async ({ body, key }: { body: AccountCreate; key: string }) =>
      (await createAccount({ body, headers: { 'Idempotency-Key': key } })).data,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.accounts }),
  });
}

export type MemberChange =
  | { kind: 'add'; body: MemberAdd }
  | { kind: 'role'; member: MemberOut; role: Role }
  | { kind: 'remove'; member: MemberOut };

export function useChangeMembers() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (change: MemberChange): Promise<void> => {
      switch (change.kind) {
        case 'add':
          await addMember({ body: change.body });
          break;
        case 'role': {
          const path = { user_id: change.member.user_id };
          await updateMember({ path, body: { role: change.role } });
          break;
        }
        case 'remove':
          await removeMember({ path: { user_id: change.member.user_id } });
      }
    },
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.members }),
  });
}
