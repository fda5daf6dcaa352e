import { useEffect, useState, type ComponentType } from 'react';

import { ShellSkeleton } from '@/components/common/ShellSkeleton';
import { useSession } from '@/context/session';

/**
 * A page behind the login. Its code is fetched while the session is being opened: neither waits
 * for the other, and nothing of it could be shown before both are here. Whoever goes on in another
 * account starts with a new page.
 *
 * Not by Suspense, which holds back what replaces a fallback for up to 300 ms.
 */
export function lazyFeature(load: () => Promise<ComponentType>): ComponentType {
  let loaded: ComponentType | null = null;
  let loading: Promise<ComponentType> | null = null;
  const fetchOnce = (): Promise<ComponentType> =>
    (loading ??= load().then(
      (Page) => (loaded = Page),
      (error: unknown) => {
        loading = null;
        throw error;
      },
    ));
  if (typeof window !== 'undefined') void fetchOnce().catch(() => undefined);

  return function Feature() {
    const { me } = useSession();
    const [state, setState] = useState<{ Page: ComponentType | null; error: unknown }>({
      Page: loaded,
      error: null,
    });
    useEffect(() => {
      if (state.Page) return;
      fetchOnce().then(
        (Page) => setState({ Page, error: null }),
        (error: unknown) => setState({ Page: null, error }),
      );
    }, [state.Page]);
    // The error page of the route offers to try again.
    if (state.error) throw state.error;
    return state.Page && me ? (
      <state.Page key={`${me.user.id}.${me.account.id}`} />
    ) : (
      <ShellSkeleton />
    );
  };
}
