import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@/components/ui/Link';

import { EmptyState } from '@/components/common/EmptyState';
import { QueryPanel } from '@/components/common/QueryPanel';
import { useCancel } from '@/components/import/use-cancel';
import { useUndo } from '@/components/import/use-undo';
import { Button } from '@/components/ui/Button';
import { Skeleton } from '@/components/ui/Skeleton';
import { useFormat } from '@/context/preferences';
import { useAppTexts } from '@/hooks/app-texts';
import { useSession } from '@/context/session';
import { importListOptions, isUnderWay } from '@/hooks/imports';
import type { ImportOut } from '@/lib/api';
import { formatTitle, RECORDS } from '@/lib/import-formats';
import { paths } from '@/lib/paths';

/** Every import so far; each can be taken back at any time. */
export function ImportHistory() {
  const t = useAppTexts();
  const query = useInfiniteQuery(importListOptions());
  return (
    <section className="card mt-5" aria-labelledby="history">
      <h2 id="history" className="px-5 pt-5 font-semibold lg:px-6">
        {t.import.historyTitle}
      </h2>
      <QueryPanel
        query={query}
        className="px-5 pt-2 pb-5 lg:px-6"
        skeleton={<Skeleton className="h-32" />}
        isEmpty={(data) => data.pages[0]?.items.length === 0}
        empty={<EmptyState title={t.import.historyEmptyTitle} text={t.import.historyEmptyText} />}
      >
        {(data) => (
          <>
            <ul>
              {data.pages
                .flatMap((page) => page.items)
                .map((item) => (
                  <ImportItem key={item.id} item={item} />
                ))}
            </ul>
            {query.hasNextPage && (
              <Button
                size="sm"
                className="mt-3"
                disabled={query.isFetchingNextPage}
                onClick={() => void query.fetchNextPage()}
              >
                {t.import.showMore}
              </Button>
            )}
          </>
        )}
      </QueryPanel>
    </section>
  );
}

function ImportItem({ item }: { item: ImportOut }) {
  const t = useAppTexts();
  const format = useFormat();
  const undo = useUndo();
  const cancel = useCancel();
  const { mayWrite } = useSession();
  const { id, status, counts, range } = item;
  const n = (value: number) => format.number(value, 0);
  const isRunning = isUnderWay(item);
  const { progress } = item;
  const target = status === 'done' && targetOf(item);
  const facts = [
    formatTitle(item.format),
    !isRunning && t.import.added(n(counts.added)),
    counts.changed > 0 && t.import.changed(n(counts.changed)),
    counts.rejected > 0 && t.import.rejected(n(counts.rejected)),
    range && format.range(range.start, range.end),
    format.moment(item.created_at),
  ];
  return (
    <li className="flex min-h-16 flex-wrap items-center gap-x-4 gap-y-1 border-t border-line py-2.5 first:border-0">
      <div className="min-w-0 flex-1">
        {target ? (
          <Link href={target} className="link block w-fit max-w-full truncate">
            {item.file_name}
          </Link>
        ) : (
          <p className="truncate">{item.file_name}</p>
        )}
        <p className="text-sm text-muted">{facts.filter(Boolean).join(' · ')}</p>
        {item.failure && (
          <p lang="en" className="text-sm text-danger">
            {item.failure}
          </p>
        )}
        {isRunning && (
          <progress
            aria-label={t.import.working(item.file_name, null)}
            className="mt-1 h-2 w-full max-w-80 accent-ink"
            max={1}
            value={progress && progress.total > 0 ? progress.done / progress.total : undefined}
          />
        )}
      </div>
      {status !== 'done' && <span className="text-sm text-muted">{t.import.status[status]}</span>}
      {id !== null && isRunning && mayWrite && (
        <Button
          size="sm"
          disabled={cancel.isPending}
          aria-label={t.import.cancelOne(item.file_name)}
          onClick={() => void cancel.run(id)}
        >
          {t.common.cancel}
        </Button>
      )}
      {id !== null && status === 'done' && mayWrite && (
        <Button
          size="sm"
          disabled={undo.isPending}
          aria-label={t.import.undoOne(item.file_name)}
          onClick={() => void undo.run(id)}
        >
          {t.common.undo}
        </Button>
      )}
    </li>
  );
}

/** Where what was imported is to be seen. */
function targetOf({ id, format, meters }: ImportOut): string | null {
  if (id === null) return null;
  if (format === RECORDS) return paths.consumption({ import_id: id });
  const meterId = meters.length === 1 ? meters[0]?.id : null;
  return meterId ? paths.meter(meterId) : paths.meters();
}
