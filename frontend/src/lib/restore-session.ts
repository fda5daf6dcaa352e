import { sessionStore } from '@/lib/session-store';

/** Finds out who is signed in by the cookie, which only the server can read. */
export async function restoreSession(): Promise<void> {
  if (sessionStore.get().status !== 'unknown') return;
  const { refreshSession } = await import('@/lib/http');
  await refreshSession(null);
}
