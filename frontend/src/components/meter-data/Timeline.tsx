import { useInfiniteQuery, useQuery } from '@tanstack/react-query';

import { EmptyState } from '@/components/common/EmptyState';
import { QueryPanel } from '@/components/common/QueryPanel';
import { useUndo } from '@/components/import/use-undo';
import { useMeterView } from '@/components/meter-data/use-meter-view';
import { Button } from '@/components/ui/Button';
import { Skeleton } from '@/components/ui/Skeleton';
import { useSession } from '@/context/session';
import { importListOptions } from '@/hooks/imports';
import { eventOptions } from '@/hooks/meter-data';
import type { ImportOut, MeterOut, ReadOut } from '@/lib/api';

type Entry = { at: string; item: ImportOut } | { at: string; event: ReadOut };

/** What came to a meter and what happened to it, the newest first. */
export function Timeline({ meter }: { meter: MeterOut }) {
  const { t } = useMeterView(meter);
  const query = useInfiniteQuery(importListOptions());
  const events = useQuery({ ...eventOptions(meter.id), enabled: meter.source === 'register' });
  const loaded = query.data?.pages.flatMap((page) => page.items) ?? [];
  const entries = entriesOf(meter.id, loaded, events.data ?? []);
  return (
    <section className="card p-5 lg:p-6" aria-labelledby="timeline">
      <h2 id="timeline" className="mb-1 font-semibold">
        {t.meterData.timelineTitle}
      </h2>
      <QueryPanel
        query={query}
        skeleton={<Skeleton className="h-48" />}
        isEmpty={() => entries.length === 0 && !query.hasNextPage}
        empty={
          <EmptyState title={t.meterData.timelineEmptyTitle} text={t.meterData.timelineEmptyText} />
        }
      >
        {() => (
          <ol>
            {entries.map((entry) =>
              'item' in entry ? (
                <ImportEntry key={`i${entry.item.id}`} item={entry.item} meter={meter} />
              ) : (
                <EventEntry key={`e${entry.event.id}`} event={entry.event} meter={meter} />
              ),
            )}
          </ol>
        )}
      </QueryPanel>
      {query.hasNextPage && (
        <Button
          size="sm"
          className="mt-3"
          aria-disabled={query.isFetchingNextPage}
          onClick={() => void (query.isFetchingNextPage || query.fetchNextPage())}
        >
          {t.meterData.timelineMore}
        </Button>
      )}
    </section>
  );
}

function entriesOf(meterId: number, imports: ImportOut[], events: ReadOut[]): Entry[] {
  const own = imports.filter(({ meters }) => meters.some(({ id }) => id === meterId));
  const all: Entry[] = [
    ...own.map((item) => ({ at: item.created_at, item })),
    ...events.map((event) => ({ at: event.read_at, event })),
  ];
  return all.sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

const LINE =
  'flex min-h-16 flex-wrap items-center gap-x-4 gap-y-1 border-t border-line py-2.5 first:border-0';

function ImportEntry({ item, meter }: { item: ImportOut; meter: MeterOut }) {
  const { t, format } = useMeterView(meter);
  const undo = useUndo();
  const { mayWrite } = useSession();
  const { id, status, counts, range } = item;
  const names: Record<string, string> = {
    device: t.meterData.device,
    correction: t.meterData.correction,
  };
  const name = names[item.format] ?? item.file_name;
  const added = item.meters.find((one) => one.id === meter.id)?.added ?? 0;
  const when = format.moment(item.created_at);
  const facts = [
    added > 0 && t.meterData.addedValues(added, format.number(added, 0)),
    counts.changed > 0 && t.meterData.changedValues(format.number(counts.changed, 0)),
    range && format.range(range.start, range.end),
    when,
  ];
  return (
    <li className={LINE}>
      <div className="min-w-0 flex-1">
        <p className="truncate">{name}</p>
        <p className="text-sm text-muted">{facts.filter(Boolean).join(' · ')}</p>
      </div>
      {status !== 'done' && <span className="text-sm text-muted">{t.import.status[status]}</span>}
      {id !== null && status === 'done' && mayWrite && (
        <Button
          size="sm"
          disabled={undo.isPending}
          aria-label={t.meterData.undoOne(`${name}, ${when}`)}
          onClick={() => void undo.run(id)}
        >
          {t.common.undo}
        </Button>
      )}
    </li>
  );
}

function EventEntry({ event, meter }: { event: ReadOut; meter: MeterOut }) {
  const { t, format } = useMeterView(meter);
  if (event.event === null) return null;
  const facts = [event.note, format.moment(event.read_at)];
  return (
    <li className={LINE}>
      <div className="min-w-0 flex-1">
        <p>{t.meterData.events[event.event]}</p>
        <p className="text-sm text-muted">{facts.filter(Boolean).join(' · ')}</p>
      </div>
    </li>
  );
}
