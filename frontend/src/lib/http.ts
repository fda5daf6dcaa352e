import axios, { type AxiosError, type InternalAxiosRequestConfig } from 'axios';

import type { SignedInOut } from '@/lib/api';
import { Problem, toProblem } from '@/lib/problem';
import { newestSession, sessionShown } from '@/lib/session-locks';
import { sessionStore, type Session } from '@/lib/session-store';

const TIMEOUT_MS = 30_000;
const REFRESH_MARGIN_MS = 15_000;
const ARRIVAL_MS = 3_000;
const LOCK = 'consumo.refresh';
const WITHOUT_TOKEN = /\/api\/auth\/(login|register|refresh|logout|demo)\b/;

type Retried = InternalAxiosRequestConfig & { isRetry?: boolean; accountId?: number };

/** The one way to the API. */
export const http = axios.create({
  timeout: TIMEOUT_MS,
  headers: { 'X-Requested-With': 'consumo' },
});

http.interceptors.request.use(async (config: Retried) => {
  if (WITHOUT_TOKEN.test(config.url ?? '')) return config;
  config.accountId ??= sessionStore.get().session?.me.account.id;
  const session = await currentSession();
  refuseOtherAccount(config, session);
  if (session) config.headers.set('Authorization', `Bearer ${session.token}`);
  return config;
});

http.interceptors.response.use(undefined, async (error: AxiosError) => {
  const config = error.config as Retried | undefined;
  const mayRefresh = config && !config.isRetry && !WITHOUT_TOKEN.test(config.url ?? '');
  if (error.response?.status === 401 && mayRefresh) {
    const session = await refreshSession(usedToken(config));
    refuseOtherAccount(config, session);
    if (session) {
      config.isRetry = true;
      return http(config);
    }
  }
  throw axios.isCancel(error) ? error : toProblem(error);
});

/** What was meant for one account must not reach the other that a tab has moved to meanwhile. */
function refuseOtherAccount({ accountId }: Retried, session: Session | null): void {
  if (session && accountId !== undefined && session.me.account.id !== accountId) {
    throw new Problem({}, 'moved');
  }
}

const usedToken = (config: Retried): string | null =>
  String(config.headers.get('Authorization') ?? '').replace(/^Bearer /, '') || null;

async function currentSession(): Promise<Session | null> {
  const { session } = sessionStore.get();
  if (!session) return null;
  if (session.expiresAt - Date.now() > REFRESH_MARGIN_MS) return session;
  return refreshSession(session.token);
}

let refreshing: Promise<Session | null> | null = null;

/**
 * Gets a new access token, once for any number of callers in all tabs.
 * `spent` is the token that no longer serves; null when the session is over.
 */
export function refreshSession(spent: string | null): Promise<Session | null> {
  refreshing ??= underLock(spent).finally(() => {
    refreshing = null;
  });
  return refreshing;
}

async function underLock(spent: string | null): Promise<Session | null> {
  if (!navigator.locks) return newerThan(spent) ?? askForSession();
  return navigator.locks.request(LOCK, async () => {
    // Whoever had this lock before shows a session before giving it up: the message is on its way.
    const newest = await newestSession();
    const mine = sessionStore.get().session?.since ?? 0;
    if (newest > mine) await sessionStore.arrival(newest, ARRIVAL_MS);
    const session = newerThan(spent) ?? (await askForSession(newest));
    if (session) await sessionShown();
    return session;
  });
}

function newerThan(spent: string | null): Session | null {
  const { session } = sessionStore.get();
  if (!session || session.token === spent) return null;
  return session.expiresAt - Date.now() > REFRESH_MARGIN_MS ? session : null;
}

async function askForSession(after = 0): Promise<Session | null> {
  try {
    const { data } = await http.post<SignedInOut>('/api/auth/refresh', {});
    return sessionStore.signIn(data, after);
  } catch (error) {
    const { status } = toProblem(error);
    if (status === 401 || status === 403) {
      sessionStore.signOut();
      return null;
    }
    throw error;
  }
}
