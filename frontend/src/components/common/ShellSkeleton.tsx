import { Skeleton } from '@/components/ui/Skeleton';
import { useTexts } from '@/context/preferences';

/** What stands on the page while the session is being opened. */
export function ShellSkeleton() {
  const t = useTexts();
  return (
    <div aria-busy="true">
      <h1 className="sr-only">{t.shell.restoring}</h1>
      <div className="mb-6 flex items-center justify-between">
        <Skeleton className="h-9 w-44" />
        <Skeleton className="hidden h-11 w-96 md:block" />
      </div>
      <div className="grid gap-5 lg:grid-cols-3">
        <Skeleton className="h-48" />
        <Skeleton className="hidden h-48 lg:block" />
        <Skeleton className="hidden h-48 lg:block" />
      </div>
      <Skeleton className="mt-5 h-96" />
    </div>
  );
}
