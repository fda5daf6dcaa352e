'use client';

import { lazyFeature } from '@/components/common/lazy-feature';

export const Feature = lazyFeature(() =>
  import('@/components/meters/MeterPage').then((it) => it.MeterPage),
);
