import { Skeleton } from '@/components/ui/Skeleton';

export function CardsSkeleton() {
  return (
    <div className="flex gap-5 overflow-hidden lg:grid lg:grid-cols-3">
      {[1, 2, 3].map((key) => (
        <div key={key} className="card h-[11.5rem] w-[85%] shrink-0 p-6 lg:w-auto">
          <Skeleton className="h-9 w-40" />
          <Skeleton className="mt-4 h-10 w-32" />
          <Skeleton className="mt-4 h-5 w-48" />
        </div>
      ))}
    </div>
  );
}

export function MainChartSkeleton() {
  return (
    <div className="p-6">
      <Skeleton className="h-7 w-56" />
      <Skeleton className="mt-5 h-[20rem] xl:h-[24rem]" />
      <div className="mt-1 hidden h-4 lg:pointer-fine:block" />
      <div className="mt-4 h-10" />
    </div>
  );
}
