'use client';

import { lazyFeature } from '@/components/common/lazy-feature';

export const Feature = lazyFeature(() =>
  import('@/components/consumption/EditRecord').then((it) => it.EditRecord),
);
