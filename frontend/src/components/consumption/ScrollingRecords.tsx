import { useQueries } from '@tanstack/react-query';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';

import { CARD_HEIGHT, RecordRow, ROW_HEIGHT } from '@/components/consumption/RecordRow';
import {
  editingIn,
  TableFrame,
  useMeterNames,
  type RowActions,
  type TableView,
} from '@/components/consumption/RecordTable';
import { useFarSelection } from '@/components/consumption/use-far-selection';
import type { Filters } from '@/components/consumption/use-filters';
import { recordListOptions } from '@/hooks/consumption';
import type { ConsumptionOut } from '@/lib/api';
import { cn } from '@/lib/cn';

const PAGE = 100;
const SETTLE_MS = 80;
const NARROW = '(max-width: 639.9px)';

function useIsNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = matchMedia(NARROW);
      media.addEventListener('change', listener);
      return () => media.removeEventListener('change', listener);
    },
    () => matchMedia(NARROW).matches,
    () => false,
  );
}

/** The pages under the eye, once a flight over the others has come to rest. */
function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

type Props = { filters: Filters; total: number; view: TableView };

/** All records in one scroll: only what is in sight is drawn, and asked for by hundreds. */
export function ScrollingRecords({ filters, total, view }: Props) {
  const meterNames = useMeterNames();
  const frame = useRef<HTMLDivElement>(null);
  const [margin, setMargin] = useState(0);
  const height = useIsNarrow() ? CARD_HEIGHT : ROW_HEIGHT;
  useLayoutEffect(() => {
    const top = frame.current?.querySelector('tbody')?.getBoundingClientRect().top ?? 0;
    setMargin(top + window.scrollY);
  }, []);
  const virtualizer = useWindowVirtualizer({
    count: total,
    estimateSize: () => height,
    overscan: 8,
    // Drawn with the frame that follows, not within the scroll event.
    useFlushSync: false,
    scrollMargin: margin,
  });
  useEffect(() => virtualizer.measure(), [height, virtualizer]);

  const rows = virtualizer.getVirtualItems();
  const first = Math.floor((rows[0]?.index ?? 0) / PAGE);
  const last = Math.floor((rows.at(-1)?.index ?? 0) / PAGE);
  const wanted = useSettled(`${first}-${last}`);
  const pages = useMemo(() => {
    const [from = 0, to = 0] = wanted.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  }, [wanted]);
  const loaded = useQueries({
    queries: pages.map((page) => recordListOptions({ ...filters, page: page + 1, per_page: PAGE })),
    combine: (results) =>
      new Map(
        results.map((one, index) => [
          pages[index],
          one.isPlaceholderData ? undefined : one.data?.items,
        ]),
      ),
  });
  const recordAt = (index: number): ConsumptionOut | undefined =>
    loaded.get(Math.floor(index / PAGE))?.[index % PAGE];
  const toggle = useFarSelection(filters, view);
  const { row } = view;
  const actions = useMemo((): RowActions => ({ ...row, onToggle: toggle }), [row, toggle]);
  const shown = rows.flatMap(({ index }) => recordAt(index) ?? []);
  const before = (rows[0]?.start ?? margin) - margin;
  const after = virtualizer.getTotalSize() - ((rows.at(-1)?.end ?? margin) - margin);

  return (
    <div ref={frame}>
      <TableFrame records={shown} total={total} view={view} isFixed>
        {shown.length === 0 ? (
          // In flight over what is not here yet: one element with lines, nothing to build or move.
          <Spacer height={virtualizer.getTotalSize()} isLined />
        ) : (
          <>
            <Spacer height={before} isLined />
            {rows.map(({ index }) => {
              const record = recordAt(index);
              return record ? (
                <RecordRow
                  key={record.id}
                  record={record}
                  meterName={meterNames.get(record.meter_id) ?? ''}
                  isSelected={view.selection.has(record.id)}
                  editing={editingIn(view, record)}
                  actions={actions}
                  rowIndex={index + 2}
                />
              ) : (
                <WaitingRow key={`waiting-${index}`} height={height} />
              );
            })}
            <Spacer height={after} isLined />
          </>
        )}
      </TableFrame>
    </div>
  );
}

function Spacer({ height, isLined }: { height: number; isLined?: boolean }) {
  return (
    <tr aria-hidden className={cn('max-sm:block', isLined && 'record-lines')} style={{ height }}>
      <td className="p-0" colSpan={7} />
    </tr>
  );
}

function WaitingRow({ height }: { height: number }) {
  return (
    <tr aria-hidden className="border-t border-line max-sm:block" style={{ height }}>
      <td colSpan={7} className="px-5 max-sm:block">
        <div className="h-5 rounded-lg bg-raised" />
      </td>
    </tr>
  );
}
