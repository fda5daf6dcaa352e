import dynamic from 'next/dynamic';
import type { ComponentType } from 'react';

import { ShellSkeleton } from '@/components/common/ShellSkeleton';

/**
 * A page behind the login. Its code is fetched while the session is being opened: neither waits
 * for the other, and nothing of it could be shown before both are here.
 */
export function lazyFeature(load: () => Promise<ComponentType>): ComponentType {
  if (typeof window !== 'undefined') void load().catch(() => undefined);
  return dynamic(load, { ssr: false, loading: ShellSkeleton });
}
