import type { Me, SignedInOut } from '@/lib/api';

/** Who is signed in. The access token lives here, in memory, and nowhere else. */
export type Session = { me: Me; token: string; expiresAt: number };
export type SessionState =
  | { status: 'unknown'; session: null }
  | { status: 'out'; session: null }
  | { status: 'in'; session: Session };

type Message = { kind: 'in'; session: Session } | { kind: 'out' };

const HINT = 'consumo.was-signed-in';
const channel =
  typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('consumo.session');
const listeners = new Set<() => void>();
const UNKNOWN: SessionState = { status: 'unknown', session: null };
let state: SessionState = UNKNOWN;

function become(next: SessionState): void {
  state = next;
  listeners.forEach((listener) => listener());
}

channel?.addEventListener('message', ({ data }: MessageEvent<Message>) => {
  become(
    data.kind === 'in' ? { status: 'in', session: data.session } : { status: 'out', session: null },
  );
});

export const sessionStore = {
  get: (): SessionState => state,
  getOnServer: (): SessionState => UNKNOWN,
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  /** Takes over what sign-in or refresh answered, here and in the other tabs. */
  signIn(answer: SignedInOut): Session {
    const { access_token: token, expires_in: seconds, user, account } = answer;
    const session = { me: { user, account }, token, expiresAt: Date.now() + seconds * 1000 };
    become({ status: 'in', session });
    setHint(true);
    channel?.postMessage({ kind: 'in', session } satisfies Message);
    return session;
  },
  update(me: Me): void {
    if (state.status !== 'in') return;
    const session = { ...state.session, me };
    become({ status: 'in', session });
    channel?.postMessage({ kind: 'in', session } satisfies Message);
  },
  signOut(): void {
    become({ status: 'out', session: null });
    setHint(false);
    channel?.postMessage({ kind: 'out' } satisfies Message);
  },
};

function setHint(isSignedIn: boolean): void {
  try {
    if (isSignedIn) localStorage.setItem(HINT, '1');
    else localStorage.removeItem(HINT);
  } catch {
    // Storage may be blocked; then public pages just ask nothing.
  }
}

/** Whether someone was signed in here last time, so that asking the server is worth a request. */
export function wasSignedIn(): boolean {
  try {
    return localStorage.getItem(HINT) !== null;
  } catch {
    return false;
  }
}
