'use client';

import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useCallback, useMemo, useState } from 'react';

import { EmptyState } from '@/components/common/EmptyState';
import { PageHeader } from '@/components/common/PageHeader';
import { QueryPanel } from '@/components/common/QueryPanel';
import { ExportButton } from '@/components/consumption/ExportButton';
import { FilterBar } from '@/components/consumption/FilterBar';
import { Pager } from '@/components/consumption/Pager';
import { RecordTable, type TableView } from '@/components/consumption/RecordTable';
import { ScrollingRecords } from '@/components/consumption/ScrollingRecords';
import { SelectionBar } from '@/components/consumption/SelectionBar';
import { StaleDialog } from '@/components/consumption/StaleDialog';
import { useFilters } from '@/components/consumption/use-filters';
import { useInlineSave } from '@/components/consumption/use-inline-save';
import { useSelection } from '@/components/consumption/use-selection';
import { useUndoableDelete } from '@/components/consumption/use-undoable-delete';
import { Button, ButtonLink } from '@/components/ui/Button';
import { Skeleton } from '@/components/ui/Skeleton';
import { useAppTexts } from '@/hooks/app-texts';
import { useSession } from '@/context/session';
import { recordListOptions } from '@/hooks/consumption';
import type { ConsumptionOut } from '@/lib/api';
import { paths } from '@/lib/paths';

export function ConsumptionPage() {
  const t = useAppTexts();
  const router = useRouter();
  const { mayWrite } = useSession();
  const view = useFilters();
  const { filters, page, pageSize, isFiltered } = view;
  const isScrolling = pageSize === 'all';
  const query = useQuery(
    recordListOptions({
      ...filters,
      page: isScrolling ? 1 : page,
      per_page: isScrolling ? 100 : Number(pageSize),
    }),
  );
  const { selection, toggle, toggleAll, clear, anchor } = useSelection();
  const { save, stale, settle } = useInlineSave();
  const deleteWithUndo = useUndoableDelete();
  const [editing, setEditing] = useState<string | null>(null);

  const remove = useCallback(
    (records: readonly ConsumptionOut[]) => {
      clear();
      void deleteWithUndo(records);
    },
    [clear, deleteWithUndo],
  );
  const row = useMemo(
    () => ({
      onEdit: setEditing,
      onSave: save,
      onDelete: (record: ConsumptionOut) => remove([record]),
      onOpen: (record: ConsumptionOut) => router.push(paths.editConsumption(record.id)),
      mayWrite,
    }),
    [save, remove, router, mayWrite],
  );
  const table: TableView = {
    sort: filters.sort ?? '-consumption_date',
    onSort: (sort) => view.change({ sort: sort === '-consumption_date' ? null : sort }),
    selection,
    onToggle: toggle,
    onToggleAll: toggleAll,
    anchor,
    editing,
    row,
  };

  return (
    <>
      <PageHeader title={t.consumption.title}>
        <ExportButton filters={filters} total={query.data?.pagination.total_items ?? 0} />
        {mayWrite && (
          <ButtonLink href={paths.addConsumption()} variant="primary">
            <Plus aria-hidden className="size-4" />
            {t.consumption.add}
          </ButtonLink>
        )}
      </PageHeader>
      <FilterBar view={view} />
      <QueryPanel
        query={query}
        className="card mt-4"
        skeleton={<TableSkeleton />}
        isEmpty={(data) => data.pagination.total_items === 0}
        empty={
          isFiltered ? (
            <EmptyState title={t.consumption.emptyFilterTitle} text={t.consumption.emptyFilterText}>
              <Button onClick={view.clear}>{t.consumption.clear}</Button>
            </EmptyState>
          ) : (
            <EmptyState title={t.consumption.emptyTitle} text={t.consumption.emptyText}>
              <ButtonLink href={paths.addConsumption()} variant="primary">
                {t.consumption.add}
              </ButtonLink>
              <ButtonLink href={paths.importFile()}>{t.nav.import}</ButtonLink>
            </EmptyState>
          )
        }
      >
        {(data) => (
          <>
            {isScrolling ? (
              <ScrollingRecords
                filters={filters}
                total={data.pagination.total_items ?? 0}
                view={table}
              />
            ) : (
              <RecordTable
                records={data.items}
                total={data.pagination.total_items ?? 0}
                view={table}
              />
            )}
            <Pager pagination={data.pagination} view={view} />
          </>
        )}
      </QueryPanel>
      {mayWrite && <p className="mt-3 hidden text-sm text-muted lg:block">{t.consumption.hint}</p>}
      {selection.size > 0 && (
        <SelectionBar selection={selection} onClear={clear} onDelete={remove} />
      )}
      {stale && (
        <StaleDialog
          mine={stale.mine}
          theirs={stale.theirs}
          onClose={() => settle('theirs')}
          onTakeTheirs={() => settle('theirs')}
          onKeepMine={() => settle('mine')}
        />
      )}
    </>
  );
}

function TableSkeleton() {
  return (
    <div className="flex flex-col gap-3 p-5">
      {Array.from({ length: 10 }, (_, index) => (
        <Skeleton key={index} className="h-10" />
      ))}
    </div>
  );
}
