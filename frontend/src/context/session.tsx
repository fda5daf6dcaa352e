'use client';

import { useQueryClient } from '@tanstack/react-query';
import {
  createContext,
  use,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useSyncExternalStore,
  type ReactNode,
} from 'react';

import type { Me, SignedInOut } from '@/lib/api';
import { preferenceStore } from '@/lib/preference-store';
import { restoreSession } from '@/lib/restore-session';
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
  const whose = session && sessionStore.whose();

  // What was seen before is not kept for whoever is next.
  const shown = useRef(whose);
  useEffect(() => {
    if (shown.current !== null && shown.current !== whose) {
      queryClient.removeQueries({ type: 'inactive' });
    }
    shown.current = whose;
  }, [queryClient, whose]);

  const signIn = useCallback((answer: SignedInOut) => void sessionStore.signIn(answer), []);
  const signOut = useCallback(async (options = { everywhere: false }) => {
    const { logout } = await import('@/lib/api');
    try {
      await logout({ body: {}, query: options.everywhere ? { everywhere: true } : {} });
    } finally {
      sessionStore.signOut();
      // The server has the browser forget all that is stored; looks and language are no secret.
      preferenceStore.keep();
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
      restore: restoreSession,
    }),
    [status, me, signIn, signOut],
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
