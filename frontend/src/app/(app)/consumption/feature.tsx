'use client';

import { lazyFeature } from '@/components/common/lazy-feature';

export const Feature = lazyFeature(() =>
  import('@/components/consumption/ConsumptionPage').then((it) => it.ConsumptionPage),
);
