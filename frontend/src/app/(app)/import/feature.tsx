'use client';

import { lazyFeature } from '@/components/common/lazy-feature';

export const Feature = lazyFeature(() =>
  import('@/components/import/ImportPage').then((it) => it.ImportPage),
);
