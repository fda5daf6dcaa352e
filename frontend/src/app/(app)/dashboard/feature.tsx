'use client';

import { lazyFeature } from '@/components/common/lazy-feature';

export const Feature = lazyFeature(() =>
  import('@/components/dashboard/Dashboard').then((it) => it.Dashboard),
);
