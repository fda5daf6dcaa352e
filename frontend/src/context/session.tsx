'use client';

import { useQueryClient } from '@tanstack/react-query';
import {
  createContext,
  use,
  useCallback,
  useEffect,
  useMemo,
  useSyncExternalStore,
  type ReactNode,
} from 'react';

import type { Me, SignedInOut } from '@/lib/api';
import { sessionStore, type SessionState } from '@/lib/session-store';

type Value = {
  status: SessionState['status'];
  me: Me | null;
  /** Viewers, and guests of the demo, read only. */
  mayWrite: boolean;
  isGuest: boolean;
  signIn: (answer: SignedInOut) => void;
  signOut: (options?: { everywhere: boolean }) => Promise<void>;
  /** Finds out who is signed in by the cookie, which only the server can read. */
  restore: () => Promise<void>;
};

const Context = createContext<Value | null>(null);

export function SessionProvider({ children }: { children: ReactNode }) {
  const queryClient = useQueryClient();
  const { status, session } = useSyncExternalStore(
    sessionStore.subscribe,
    sessionStore.get,
    sessionStore.getOnServer,
  );
  const userId = session?.me.user.id ?? null;

  // What one user saw is never shown to the next.
  useEffect(() => () => queryClient.clear(), [queryClient, userId]);

  const signIn = useCallback((answer: SignedInOut) => void sessionStore.signIn(answer), []);
  const restore = useCallback(async () => {
    if (sessionStore.get().status !== 'unknown') return;
    const { refreshSession } = await import('@/lib/http');
    await refreshSession(null);
  }, []);
  const signOut = useCallback(async (options = { everywhere: false }) => {
    const { logout } = await import('@/lib/api');
    try {
      await logout({ body: {}, query: options.everywhere ? { everywhere: true } : {} });
    } finally {
      sessionStore.signOut();
    }
  }, []);

  const me = session?.me ?? null;
  const value = useMemo(
    () => ({
      status,
      me,
      mayWrite: me?.account.role === 'owner' || me?.account.role === 'editor',
      isGuest: me?.account.role === 'guest',
      signIn,
      signOut,
      restore,
    }),
    [status, me, signIn, signOut, restore],
  );
  return <Context value={value}>{children}</Context>;
}

export function useSession(): Value {
  const value = use(Context);
  if (!value) throw new Error('SessionProvider is missing');
  return value;
}

/** The signed-in user and account; only below the shell, which has checked. */
export function useMe(): Me {
  const { me } = useSession();
  if (!me) throw new Error('Nobody is signed in');
  return me;
}
