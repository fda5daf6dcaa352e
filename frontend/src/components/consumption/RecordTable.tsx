import { useQuery } from '@tanstack/react-query';
import { ArrowDown, ArrowUp, ArrowUpDown } from 'lucide-react';
import type { ReactNode } from 'react';

import { RecordRow } from '@/components/consumption/RecordRow';
import type { Filters } from '@/components/consumption/use-filters';
import type { Selection } from '@/components/consumption/use-selection';
import { Checkbox } from '@/components/ui/controls';
import { useTexts } from '@/context/preferences';
import { meterListOptions } from '@/hooks/meters';
import type { ConsumptionCreate, ConsumptionOut } from '@/lib/api';

type Sort = NonNullable<Filters['sort']>;

export type TableActions = {
  sort: Sort;
  onSort: (sort: Sort) => void;
  selection: Selection;
  onToggle: (
    record: ConsumptionOut,
    isExtending: boolean,
    shown: readonly ConsumptionOut[],
  ) => void;
  onToggleAll: (shown: readonly ConsumptionOut[]) => void;
  /** The cell that is being edited, as `id.column`. */
  editing: string | null;
  onEdit: (cell: string | null) => void;
  onSave: (record: ConsumptionOut, change: Partial<ConsumptionCreate>) => Promise<string | null>;
  onDelete: (record: ConsumptionOut) => void;
  mayWrite: boolean;
};

type Props = { records: readonly ConsumptionOut[]; total: number; actions: TableActions };

export function useMeterNames(): ReadonlyMap<number, string> {
  const { data = [] } = useQuery(meterListOptions());
  return new Map(data.map((meter) => [meter.id, meter.name]));
}

/** One page of records. */
export function RecordTable({ records, total, actions }: Props) {
  const meterNames = useMeterNames();
  return (
    <TableFrame records={records} total={total} actions={actions}>
      {records.map((record) => (
        <RecordRow
          key={record.id}
          record={record}
          meterName={meterNames.get(record.meter_id) ?? ''}
          shown={records}
          actions={actions}
        />
      ))}
    </TableFrame>
  );
}

/** Head and frame; cards instead of columns on a phone, with the roles kept. */
export function TableFrame({ records, total, actions, children }: Props & { children: ReactNode }) {
  const t = useTexts();
  const { selection, onToggleAll, mayWrite } = actions;
  const areAll = records.length > 0 && records.every((one) => selection.has(one.id));
  const isSome = records.some((one) => selection.has(one.id));
  return (
    <table
      role="table"
      aria-label={t.consumption.tableLabel}
      aria-rowcount={total + 1}
      className="w-full text-[0.9375rem] max-sm:block"
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
          <SortHead
            column="consumption_date"
            label={t.consumption.columns.date}
            actions={actions}
          />
          <Head label={t.consumption.columns.utility} />
          <Head label={t.consumption.columns.meter} className="hidden lg:table-cell" />
          <SortHead
            column="amount"
            label={t.consumption.columns.amount}
            actions={actions}
            isRight
          />
          <Head label={t.consumption.columns.description} className="hidden md:table-cell" />
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
  actions: TableActions;
  isRight?: boolean;
};

function SortHead({ column, label, actions, isRight }: SortHeadProps) {
  const t = useTexts();
  const { sort, onSort } = actions;
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
