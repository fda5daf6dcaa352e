'use client';

import { lazyFeature } from '@/components/common/lazy-feature';

export const Feature = lazyFeature(() =>
  import('@/components/consumption/AddRecord').then((it) => it.AddRecord),
);
