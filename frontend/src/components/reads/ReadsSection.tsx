import { useInfiniteQuery } from '@tanstack/react-query';
import { Pencil, Plus, Replace, Trash2 } from 'lucide-react';
import { useMemo, useState } from 'react';

import { ProblemMessage } from '@/components/common/ProblemMessage';
import { ReadForm, type Suggestion } from '@/components/reads/ReadForm';
import { ReplaceDialog } from '@/components/reads/ReplaceDialog';
import { useUndoableRead } from '@/components/reads/use-undoable-read';
import { Button } from '@/components/ui/Button';
import { Dialog } from '@/components/ui/Dialog';
import { Skeleton } from '@/components/ui/Skeleton';
import { useSession } from '@/context/session';
import { useMeterPreferences } from '@/hooks/meter-texts';
import { readListOptions } from '@/hooks/reads';
import type { MeterOut, ReadOut } from '@/lib/api';
import { cn } from '@/lib/cn';

type Props = { meter: MeterOut; timeZone: string; onDigits: () => void };
type Open = { form: ReadOut | 'new' } | { replacement: Suggestion | null } | null;

/** The reads of a meter's dial: what it showed, what that came to, and what happened to it. */
export function ReadsSection({ meter, timeZone, onDigits }: Props) {
  const { texts: t } = useMeterPreferences();
  const { mayWrite } = useSession();
  const [open, setOpen] = useState<Open>(null);
  const query = useInfiniteQuery(readListOptions(meter.id));
  const reads = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const isOpenForWriting = mayWrite && !meter.archived_at;
  const close = () => setOpen(null);
  const form = open && 'form' in open ? open.form : null;
  return (
    <section className="card p-5 lg:p-6" aria-labelledby="reads">
      <div className="mb-2 flex flex-wrap items-center justify-between gap-2.5">
        <h2 id="reads" className="font-semibold">
          {t.reads.title}
        </h2>
        {isOpenForWriting && (
          <div className="flex flex-wrap gap-2.5">
            <Button size="sm" onClick={() => setOpen({ replacement: null })}>
              <Replace aria-hidden className="size-4" />
              {t.reads.replace}
            </Button>
            <Button size="sm" variant="primary" onClick={() => setOpen({ form: 'new' })}>
              <Plus aria-hidden className="size-4" />
              {t.reads.add}
            </Button>
          </div>
        )}
      </div>
      {query.error && (
        <ProblemMessage
          error={query.error}
          title={t.problem.loadTitle}
          onRetry={() => void query.refetch()}
        />
      )}
      {query.isPending && <Skeleton className="h-40" />}
      {query.data && reads.length === 0 && <p className="text-muted">{t.reads.empty}</p>}
      {reads.length > 0 && (
        <ReadsTable
          meter={meter}
          reads={reads}
          mayChange={isOpenForWriting}
          onEdit={(read) => setOpen({ form: read })}
        />
      )}
      {query.hasNextPage && (
        <Button
          className="mt-3"
          aria-disabled={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {t.reads.more}
        </Button>
      )}
      {form && (
        <Dialog title={form === 'new' ? t.reads.add : t.reads.edit} isOpen onClose={close}>
          <ReadForm
            meter={meter}
            timeZone={timeZone}
            read={form === 'new' ? undefined : form}
            onSaved={close}
            onInstead={(why, typed) => {
              setOpen(why === 'replacement' ? { replacement: typed } : null);
              if (why === 'digits') onDigits();
            }}
          >
            <Button onClick={close}>{t.common.cancel}</Button>
          </ReadForm>
        </Dialog>
      )}
      {open && 'replacement' in open && (
        <ReplaceDialog
          meter={meter}
          timeZone={timeZone}
          suggestion={open.replacement ?? undefined}
          onClose={close}
        />
      )}
    </section>
  );
}

type TableProps = {
  meter: MeterOut;
  reads: readonly ReadOut[];
  mayChange: boolean;
  onEdit: (read: ReadOut) => void;
};

function ReadsTable({ meter, reads, mayChange, onEdit }: TableProps) {
  const { texts: t, format } = useMeterPreferences();
  const remove = useUndoableRead(meter, reads);
  return (
    <table className="w-full text-left">
      <caption className="sr-only">{t.reads.title}</caption>
      <thead>
        <tr className="text-sm text-muted">
          <th scope="col" className="py-2 font-medium">
            {t.reads.when}
          </th>
          <th scope="col" className="py-2 text-right font-medium">
            {t.reads.value}
          </th>
          <th scope="col" className="py-2 pl-3 text-right font-medium">
            {t.reads.use}
          </th>
          {mayChange && (
            <th scope="col">
              <span className="sr-only">{t.reads.actions}</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {reads.map((read) => {
          const when = format.moment(read.read_at);
          const marks = [
            read.event && t.reads.event[read.event],
            read.kind !== 'regular' && t.reads.kind[read.kind],
            !read.counts && t.reads.notCounted,
            read.is_rollover && t.reads.act.rollover,
            read.note,
          ].filter(Boolean);
          return (
            <tr key={read.id} className="border-t border-line align-top">
              <td className="py-2.5">
                {when}
                {marks.length > 0 && (
                  <span className="block text-sm break-words text-muted">{marks.join(' · ')}</span>
                )}
              </td>
              <td
                className={cn(
                  'py-2.5 text-right tabular-nums',
                  !read.counts && 'text-muted line-through',
                )}
              >
                {format.exact(read.value)}
              </td>
              <td className="py-2.5 pl-3 text-right tabular-nums">
                {read.use === null ? '–' : format.quantity(read.use, meter.unit)}
              </td>
              {mayChange && (
                <td className="py-1.5 pl-2">
                  <div className="flex justify-end max-sm:flex-col">
                    <Button
                      variant="quiet"
                      size="icon"
                      aria-label={t.reads.editOf(when)}
                      onClick={() => onEdit(read)}
                    >
                      <Pencil aria-hidden className="size-4" />
                    </Button>
                    <Button
                      variant="quiet"
                      size="icon"
                      aria-label={t.reads.deleteOf(when)}
                      onClick={() => void remove(read)}
                    >
                      <Trash2 aria-hidden className="size-4" />
                    </Button>
                  </div>
                </td>
              )}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
