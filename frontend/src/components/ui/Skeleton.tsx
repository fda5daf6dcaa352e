import { cn } from '@/lib/cn';

/** Stands where something will be, in its final size. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cn('animate-pulse rounded-lg bg-raised', className)} />;
}
