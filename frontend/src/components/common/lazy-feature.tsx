import { useEffect, useState, type ComponentType } from 'react';

import { ShellSkeleton } from '@/components/common/ShellSkeleton';

/**
 * A page behind the login. Its code is fetched while the session is being opened: neither waits
 * for the other, and nothing of it could be shown before both are here.
 *
 * Not by Suspense, which holds back what replaces a fallback for up to 300 ms.
 */
export function lazyFeature(load: () => Promise<ComponentType>): ComponentType {
  let loaded: ComponentType | null = null;
  const fetchOnce = async () => (loaded ??= await load());
  if (typeof window !== 'undefined') void fetchOnce().catch(() => undefined);

  return function Feature() {
    const [state, setState] = useState<{ Page: ComponentType | null; error: unknown }>({
      Page: loaded,
      error: null,
    });
    useEffect(() => {
      fetchOnce().then(
        (Page) => setState({ Page, error: null }),
        (error: unknown) => setState({ Page: null, error }),
      );
    }, []);
    // The error page of the route offers to try again.
    if (state.error) throw state.error;
    return state.Page ? <state.Page /> : <ShellSkeleton />;
  };
}
