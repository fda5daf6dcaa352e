import axios, { type AxiosError, type InternalAxiosRequestConfig } from 'axios';

import type { SignedInOut } from '@/lib/api';
import { toProblem } from '@/lib/problem';
import { sessionStore, type Session } from '@/lib/session-store';

const TIMEOUT_MS = 30_000;
const REFRESH_MARGIN_MS = 15_000;
const UNCONTENDED_MS = 10;
const MESSAGE_MS = 200;
const LOCK = 'consumo.refresh';
const WITHOUT_TOKEN = /\/api\/auth\/(login|register|refresh|logout|demo)\b/;

type Retried = InternalAxiosRequestConfig & { isRetry?: boolean };

/** The one way to the API. */
export const http = axios.create({
  timeout: TIMEOUT_MS,
  headers: { 'X-Requested-With': 'consumo' },
});

http.interceptors.request.use(async (config) => {
  if (WITHOUT_TOKEN.test(config.url ?? '')) return config;
  const session = await currentSession();
  if (session) config.headers.set('Authorization', `Bearer ${session.token}`);
  return config;
});

http.interceptors.response.use(undefined, async (error: AxiosError) => {
  const config = error.config as Retried | undefined;
  const mayRefresh = config && !config.isRetry && !WITHOUT_TOKEN.test(config.url ?? '');
  if (error.response?.status === 401 && mayRefresh) {
    const session = await refreshSession(usedToken(config));
    if (session) {
      config.isRetry = true;
      return http(config);
    }
  }
  throw axios.isCancel(error) ? error : toProblem(error);
});

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
  const asked = performance.now();
  return navigator.locks.request(LOCK, async () => {
    // Another tab that held the lock has told its result; let the message arrive.
    const hasWaited = performance.now() - asked > UNCONTENDED_MS;
    if (hasWaited || spent) await new Promise((resolve) => setTimeout(resolve, MESSAGE_MS));
    return newerThan(spent) ?? askForSession();
  });
}

function newerThan(spent: string | null): Session | null {
  const { session } = sessionStore.get();
  if (!session || session.token === spent) return null;
  return session.expiresAt - Date.now() > REFRESH_MARGIN_MS ? session : null;
}

async function askForSession(): Promise<Session | null> {
  try {
    const { data } = await http.post<SignedInOut>('/api/auth/refresh', {});
    return sessionStore.signIn(data);
  } catch (error) {
    const { status } = toProblem(error);
    if (status === 401 || status === 403) {
      sessionStore.signOut();
      return null;
    }
    throw error;
  }
}
