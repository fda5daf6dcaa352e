import { useSearchParams } from 'next/navigation';
import { useCallback } from 'react';

export type UrlChange = Record<string, string | number | null>;

/**
 * The view lives in the URL: it can be bookmarked, shared and walked back.
 * A change goes through the History API, which Next follows without asking the server.
 */
export function useUrlState() {
  const params = useSearchParams();
  const change = useCallback((entries: UrlChange, mode: 'push' | 'replace' = 'push') => {
    const next = new URLSearchParams(window.location.search);
    for (const [name, value] of Object.entries(entries)) {
      if (value === null || value === '') next.delete(name);
      else next.set(name, String(value));
    }
    const url = `${window.location.pathname}${next.size > 0 ? `?${next}` : ''}`;
    if (mode === 'push') window.history.pushState(null, '', url);
    else window.history.replaceState(null, '', url);
  }, []);
  return { params, change };
}

/** The parameter where it is one of `allowed`, else the default. */
export function oneOf<T extends string>(
  value: string | null,
  allowed: readonly T[],
  otherwise: T,
): T {
  return allowed.includes(value as T) ? (value as T) : otherwise;
}
