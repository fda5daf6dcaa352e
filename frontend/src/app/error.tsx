'use client';

import { CrashPage } from '@/components/common/CrashPage';

export default function PageError({ reset }: { error: Error; reset: () => void }) {
  return <CrashPage onRetry={reset} />;
}
