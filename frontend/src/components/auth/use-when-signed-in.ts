import { useRouter } from 'next/navigation';
import { useCallback, useEffect, useState } from 'react';

import { useSession } from '@/context/session';
import { ownPath } from '@/lib/paths';
import { wasSignedIn } from '@/lib/session-store';

const nextPath = (): string | null => new URLSearchParams(window.location.search).get('next');

/** Leaves the page for where the person was going, also when the cookie still knows them. */
export function useWhenSignedIn(): { wasSent: boolean; leave: () => void } {
  const router = useRouter();
  const { status, isGuest, restore } = useSession();
  const [wasSent, setSent] = useState(false);
  const leave = useCallback(() => router.replace(ownPath(nextPath())), [router]);

  useEffect(() => {
    if (status === 'in' && !isGuest) leave();
    // Offline or an old hint: the form is still there to use.
    else if (status === 'unknown' && wasSignedIn()) restore().catch(() => undefined);
  }, [status, isGuest, leave, restore]);
  useEffect(() => {
    // The prerendered page knows no address, so this can only be said afterwards.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    setSent(nextPath() !== null);
  }, []);
  return { wasSent, leave };
}
