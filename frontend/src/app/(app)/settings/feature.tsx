'use client';

import { lazyFeature } from '@/components/common/lazy-feature';

export const Feature = lazyFeature(() =>
  import('@/components/settings/SettingsPage').then((it) => it.SettingsPage),
);
