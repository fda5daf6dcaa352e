import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { ProblemMessage } from '@/components/common/ProblemMessage';
import { useTexts } from '@/context/preferences';
import { cn } from '@/lib/cn';

type Props<T> = {
  query: Pick<
    UseQueryResult<T>,
    'data' | 'error' | 'isPending' | 'isPlaceholderData' | 'refetch' | 'isFetching'
  >;
  skeleton: ReactNode;
  isEmpty?: (data: T) => boolean;
  empty?: ReactNode;
  className?: string;
  children: (data: T) => ReactNode;
};

/**
 * Four states, four pictures: a skeleton of the same size, what failed with a retry, why there is
 * nothing, or the data. A refetch dims what is there and never takes it away.
 */
export function QueryPanel<T>(props: Props<T>) {
  const { query, skeleton, isEmpty, empty, className, children } = props;
  const t = useTexts();
  const { data, error } = query;
  if (data === undefined) {
    if (error) {
      return (
        <div className={cn('p-5', className)}>
          <ProblemMessage
            error={error}
            title={t.problem.loadTitle}
            onRetry={() => void query.refetch()}
          />
        </div>
      );
    }
    return (
      <div className={className} aria-busy="true">
        <span className="sr-only" role="status">
          {t.common.loading}
        </span>
        {skeleton}
      </div>
    );
  }
  if (empty && isEmpty?.(data)) return <div className={className}>{empty}</div>;
  return (
    <div
      className={cn(
        'transition-opacity duration-150',
        query.isPlaceholderData && 'opacity-60',
        className,
      )}
      aria-busy={query.isPlaceholderData || undefined}
    >
      {error && !query.isFetching && (
        <div className="p-4 pb-0">
          <ProblemMessage error={error} onRetry={() => void query.refetch()} />
        </div>
      )}
      {children(data)}
    </div>
  );
}
