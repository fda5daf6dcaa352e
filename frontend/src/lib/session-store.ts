import type { Me, SignedInOut } from '@/lib/api';
import { showSession } from '@/lib/session-locks';

/** Who is signed in. The access token lives here, in memory, and nowhere else. */
export type Session = {
  me: Me;
  token: string;
  expiresAt: number;
  /** When it began, in milliseconds; of two sessions the later one holds in all tabs. */
  since: number;
};
export type SessionState =
  | { status: 'unknown'; session: null }
  | { status: 'out'; session: null }
  | { status: 'in'; session: Session };

type Message = { kind: 'in'; session: Session } | { kind: 'out' } | { kind: 'ask' };

const HINT = 'consumo.was-signed-in';
const channel =
  typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('consumo.session');
const listeners = new Set<() => void>();
const UNKNOWN: SessionState = { status: 'unknown', session: null };
let state: SessionState = UNKNOWN;

function become(next: SessionState): void {
  state = next;
  showSession(next.session?.since ?? null);
  listeners.forEach((listener) => listener());
}

channel?.addEventListener('message', ({ data }: MessageEvent<Message>) => {
  if (data.kind === 'ask') {
    if (state.status === 'in') tell({ kind: 'in', session: state.session });
  } else if (data.kind === 'out') {
    become({ status: 'out', session: null });
  } else if (data.session.since >= (state.session?.since ?? 0)) {
    become({ status: 'in', session: data.session });
  }
});

const tell = (message: Message): void => channel?.postMessage(message);
const now = (): number => performance.timeOrigin + performance.now();

export const sessionStore = {
  get: (): SessionState => state,
  getOnServer: (): SessionState => UNKNOWN,
  /** Whose data is on screen: a person in an account. */
  whose: (): string | null => {
    const me = state.session?.me;
    return me ? `${me.user.id}.${me.account.id}` : null;
  },
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  /** Takes over what sign-in or refresh answered, here and in the other tabs. */
  signIn(answer: SignedInOut, after = 0): Session {
    const { access_token: token, expires_in: seconds, user, account } = answer;
    const session = {
      ...{ me: { user, account }, token, expiresAt: Date.now() + seconds * 1000 },
      since: Math.max(now(), after + 1, (state.session?.since ?? 0) + 1),
    };
    become({ status: 'in', session });
    setHint(true);
    tell({ kind: 'in', session });
    return session;
  },
  /** Waits for a session that another tab has shown, as long as patience lasts. */
  arrival(since: number, patienceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const isHere = () => state.status === 'out' || (state.session?.since ?? 0) >= since;
      const end = () => {
        clearTimeout(timer);
        listeners.delete(look);
        resolve();
      };
      const look = () => isHere() && end();
      const timer = setTimeout(end, patienceMs);
      listeners.add(look);
      tell({ kind: 'ask' });
      look();
    });
  },
  update(me: Me): void {
    if (state.status !== 'in') return;
    const session = { ...state.session, me };
    become({ status: 'in', session });
    tell({ kind: 'in', session });
  },
  signOut(): void {
    become({ status: 'out', session: null });
    setHint(false);
    tell({ kind: 'out' });
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
