import { useQuery } from '@tanstack/react-query';
import { ArrowDown, ArrowUp, ArrowUpDown } from 'lucide-react';
import { useMemo, type ReactNode } from 'react';

import { RecordRow } from '@/components/consumption/RecordRow';
import type { Filters } from '@/components/consumption/use-filters';
import type { Selection } from '@/components/consumption/use-selection';
import { Checkbox } from '@/components/ui/controls';
import { useAppTexts } from '@/hooks/app-texts';
import { meterListOptions } from '@/hooks/meters';
import type { ConsumptionCreate, ConsumptionOut, MeterOut } from '@/lib/api';
import { cn } from '@/lib/cn';

type Sort = NonNullable<Filters['sort']>;

/** What a row may do; the same object from one drawing to the next, so that rows can rest. */
export type RowActions = {
  onToggle: (record: ConsumptionOut, isExtending: boolean) => void;
  onEdit: (cell: string | null) => void;
  onSave: (record: ConsumptionOut, change: Partial<ConsumptionCreate>) => Promise<string | null>;
  onDelete: (record: ConsumptionOut) => void;
  /** Opens the page where all of it can be changed. */
  onOpen: (record: ConsumptionOut) => void;
  mayWrite: boolean;
};

export type TableView = {
  sort: Sort;
  onSort: (sort: Sort) => void;
  selection: Selection;
  onToggle: (
    record: ConsumptionOut,
    isExtending: boolean,
    shown: readonly ConsumptionOut[],
  ) => void;
  onToggleAll: (shown: readonly ConsumptionOut[]) => void;
  /** The record that Shift extends the selection from. */
  anchor: () => number | null;
  /** The cell that is being edited, as `id.column`. */
  editing: string | null;
  row: Omit<RowActions, 'onToggle'>;
};

type Props = { records: readonly ConsumptionOut[]; total: number; view: TableView };

const NONE: readonly MeterOut[] = [];

export function useMeterNames(): ReadonlyMap<number, string> {
  const { data = NONE } = useQuery(meterListOptions());
  return useMemo(() => new Map(data.map((meter) => [meter.id, meter.name])), [data]);
}

/** One page of records. */
export function RecordTable({ records, total, view }: Props) {
  const meterNames = useMeterNames();
  const { onToggle, row } = view;
  const actions = useMemo(
    (): RowActions => ({
      ...row,
      onToggle: (record, isExtending) => onToggle(record, isExtending, records),
    }),
    [row, onToggle, records],
  );
  return (
    <TableFrame records={records} total={total} view={view}>
      {records.map((record) => (
        <RecordRow
          key={record.id}
          record={record}
          meterName={meterNames.get(record.meter_id) ?? ''}
          isSelected={view.selection.has(record.id)}
          editing={editingIn(view, record)}
          actions={actions}
        />
      ))}
    </TableFrame>
  );
}

/** The cell that is being edited where it is one of this record. */
export const editingIn = ({ editing }: TableView, { id }: ConsumptionOut): string | null =>
  editing?.startsWith(`${id}.`) ? editing : null;

/** Head and frame; cards instead of columns on a phone, with the roles kept. */
export function TableFrame(props: Props & { children: ReactNode; isFixed?: boolean }) {
  const { records, total, view, children, isFixed } = props;
  const t = useAppTexts();
  const { selection, onToggleAll } = view;
  const { mayWrite } = view.row;
  const areAll = records.length > 0 && records.every((one) => selection.has(one.id));
  const isSome = records.some((one) => selection.has(one.id));
  return (
    <table
      role="table"
      aria-label={t.consumption.tableLabel}
      aria-rowcount={total + 1}
      className={cn('w-full text-[0.9375rem] max-sm:block', isFixed && 'sm:table-fixed')}
    >
      <thead role="rowgroup" className="text-left text-sm text-muted max-sm:sr-only">
        <tr role="row">
          {mayWrite && (
            <th role="columnheader" scope="col" className="w-12 py-3 pl-5">
              <Checkbox
                aria-label={t.consumption.selectAll}
                checked={areAll}
                ref={(box) => {
                  if (box) box.indeterminate = isSome && !areAll;
                }}
                onChange={() => onToggleAll(records)}
              />
            </th>
          )}
          <SortHead column="consumption_date" label={t.consumption.columns.date} view={view} />
          <Head label={t.consumption.columns.utility} />
          <Head label={t.consumption.columns.meter} className="hidden w-40 lg:table-cell xl:w-64" />
          <SortHead column="amount" label={t.consumption.columns.amount} view={view} isRight />
          <Head
            label={t.consumption.columns.description}
            className="hidden w-[30%] md:table-cell"
          />
          {mayWrite && (
            <th role="columnheader" scope="col" className="w-24 pr-5">
              <span className="sr-only">{t.consumption.columns.actions}</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody role="rowgroup" className="max-sm:block">
        {children}
      </tbody>
    </table>
  );
}

function Head({ label, className }: { label: string; className?: string }) {
  return (
    <th role="columnheader" scope="col" className={`px-3 py-3 font-medium ${className ?? ''}`}>
      {label}
    </th>
  );
}

type SortHeadProps = {
  column: 'consumption_date' | 'amount';
  label: string;
  view: TableView;
  isRight?: boolean;
};

function SortHead({ column, label, view, isRight }: SortHeadProps) {
  const t = useAppTexts();
  const { sort, onSort } = view;
  const isDown = sort === `-${column}`;
  const isUp = sort === column;
  const Icon = isDown ? ArrowDown : isUp ? ArrowUp : ArrowUpDown;
  return (
    <th
      role="columnheader"
      scope="col"
      aria-sort={isDown ? 'descending' : isUp ? 'ascending' : 'none'}
      className={`px-3 py-1 font-medium ${isRight ? 'text-right' : ''}`}
    >
      <button
        type="button"
        title={t.consumption.sortBy(label)}
        className="inline-flex min-h-9 items-center gap-1.5 hover:text-ink"
        onClick={() => onSort(isDown ? column : `-${column}`)}
      >
        {label}
        <Icon aria-hidden className={`size-3.5 ${isDown || isUp ? 'text-ink' : 'opacity-60'}`} />
      </button>
    </th>
  );
}
