const PREFIX = 'consumo.session/';

let shown: number | null = null;
let hide: (() => void) | null = null;
let showing = Promise.resolve();

/** Until the session of this tab can be seen by the others. */
export const sessionShown = (): Promise<void> => showing;

/**
 * Shows the other tabs which session this one has, by a lock that it shares for as long as it
 * lives. Unlike a message, a lock is seen by whoever looks after it was taken: the browser keeps
 * them all in one place.
 */
export function showSession(since: number | null): void {
  if (shown === since) return;
  shown = since;
  const hideBefore = hide;
  hide = null;
  if (since === null || !navigator.locks) {
    hideBefore?.();
    return;
  }
  showing = new Promise((resolve) => {
    const held = new Promise<void>((release) => {
      hide = release;
    });
    void navigator.locks.request(`${PREFIX}${since}`, { mode: 'shared' }, () => {
      hideBefore?.();
      resolve();
      return held;
    });
  });
}

/** When the newest session that any tab has began; 0 when there is none. */
export async function newestSession(): Promise<number> {
  const { held = [] } = await navigator.locks.query();
  const all = held.flatMap(({ name }) =>
    name?.startsWith(PREFIX) ? Number(name.slice(PREFIX.length)) : [],
  );
  return Math.max(0, ...all);
}
