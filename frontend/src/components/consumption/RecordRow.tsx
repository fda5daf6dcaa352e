import { Pencil, Trash2 } from 'lucide-react';
import { memo } from 'react';

import { Quantity } from '@/components/common/Quantity';
import { UtilityBadge } from '@/components/common/utility';
import { EditableCell } from '@/components/consumption/EditableCell';
import { typedAmount } from '@/components/consumption/record-values';
import type { RowActions } from '@/components/consumption/RecordTable';
import { Checkbox } from '@/components/ui/controls';
import { useAppPreferences } from '@/hooks/app-texts';
import type { ConsumptionOut } from '@/lib/api';
import { cn } from '@/lib/cn';
import { isDay } from '@/lib/days';
import { parseAmount } from '@/lib/format';
import { paths } from '@/lib/paths';

export const ROW_HEIGHT = 53;
export const CARD_HEIGHT = 93;

type Props = {
  record: ConsumptionOut;
  meterName: string;
  isSelected: boolean;
  editing: string | null;
  actions: RowActions;
  rowIndex?: number;
};

// Plain elements: hundreds of these come and go in one flick of a list.
const ICON =
  'inline-flex size-9 items-center justify-center rounded-[10px] hover:bg-raised pointer-coarse:size-11';
const CELL = 'px-3 py-1 max-sm:p-0';

/** One record; below `sm` a card of fixed height, so that a hundred thousand can scroll. */
export const RecordRow = memo(function RecordRow(props: Props) {
  const { record, meterName, isSelected, editing, actions, rowIndex } = props;
  const { texts: t, format } = useAppPreferences();
  const { onToggle, mayWrite } = actions;
  const isPeriod = record.period_start !== null && record.period_start !== record.consumption_date;
  const when = isPeriod
    ? format.range(record.period_start ?? '', record.consumption_date)
    : format.day(record.consumption_date);
  const name = `${t.utility[record.consumption_type]}, ${when}`;
  return (
    <tr
      role="row"
      aria-rowindex={rowIndex}
      aria-selected={mayWrite ? isSelected : undefined}
      className={cn(
        'h-[53px] border-t border-line hover:bg-raised/50 aria-selected:bg-raised',
        'max-sm:grid max-sm:h-[93px] max-sm:content-center max-sm:items-center max-sm:gap-x-2 max-sm:gap-y-1 max-sm:px-4',
        mayWrite
          ? 'max-sm:grid-cols-[2.25rem_minmax(0,1fr)_auto]'
          : 'max-sm:grid-cols-[0_minmax(0,1fr)_auto]',
      )}
    >
      {mayWrite && (
        <td role="cell" className="py-1 pl-5 max-sm:row-span-2 max-sm:p-0">
          <Checkbox
            aria-label={t.consumption.select(name)}
            checked={isSelected}
            onChange={(event) => onToggle(record, (event.nativeEvent as MouseEvent).shiftKey)}
          />
        </td>
      )}
      <td role="cell" className={cn(CELL, 'whitespace-nowrap max-sm:col-start-2')}>
        <DateCell
          record={record}
          when={when}
          isPeriod={isPeriod}
          editing={editing}
          actions={actions}
        />
      </td>
      <td
        role="cell"
        className={cn(CELL, 'max-sm:col-start-2 max-sm:row-start-2 max-sm:flex max-sm:gap-2')}
      >
        <UtilityBadge type={record.consumption_type} />
        <span className="min-w-0 truncate text-sm leading-6 text-muted sm:hidden">{meterName}</span>
      </td>
      <td role="cell" className={cn(CELL, 'hidden max-w-40 truncate lg:table-cell xl:max-w-64')}>
        {meterName}
      </td>
      <td
        role="cell"
        className={cn(CELL, 'text-right max-sm:col-start-3 max-sm:row-start-1 max-sm:font-medium')}
      >
        <AmountCell record={record} editing={editing} actions={actions} />
      </td>
      <td role="cell" className={cn(CELL, 'hidden w-[30%] max-w-0 truncate md:table-cell')}>
        <NoteCell record={record} editing={editing} actions={actions} />
      </td>
      {mayWrite && (
        <td
          role="cell"
          className="pr-4 text-right whitespace-nowrap max-sm:col-start-3 max-sm:row-start-2 max-sm:p-0"
        >
          <a
            href={paths.editConsumption(record.id)}
            className={ICON}
            aria-label={`${t.common.edit}: ${name}`}
            onClick={(event) => {
              if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
              event.preventDefault();
              actions.onOpen(record);
            }}
          >
            <Pencil aria-hidden className="size-4" />
          </a>
          <button
            type="button"
            className={ICON}
            aria-label={`${t.common.delete}: ${name}`}
            onClick={() => actions.onDelete(record)}
          >
            <Trash2 aria-hidden className="size-4" />
          </button>
        </td>
      )}
    </tr>
  );
});

type CellProps = Pick<Props, 'record' | 'editing' | 'actions'>;

function DateCell({
  record,
  when,
  isPeriod,
  editing,
  actions,
}: CellProps & { when: string; isPeriod: boolean }) {
  const { texts: t } = useAppPreferences();
  if (isPeriod) return when;
  return (
    <EditableCell
      cell={`${record.id}.date`}
      label={t.consumption.columns.date}
      type="date"
      value={record.consumption_date}
      editing={editing}
      actions={actions}
      read={(typed) =>
        isDay(typed)
          ? { change: { consumption_date: typed, period_start: null } }
          : { wrong: t.valid.date }
      }
      record={record}
    >
      {when}
    </EditableCell>
  );
}

function AmountCell({ record, editing, actions }: CellProps) {
  const { texts: t, format, locale } = useAppPreferences();
  return (
    <EditableCell
      cell={`${record.id}.amount`}
      label={`${t.consumption.columns.amount} (${record.unit})`}
      type="text"
      value={typedAmount(record.amount, format)}
      editing={editing}
      actions={actions}
      read={(typed) => {
        const amount = parseAmount(typed, locale);
        return amount === null ? { wrong: t.valid.number } : { change: { amount } };
      }}
      record={record}
      isRight
    >
      <Quantity amount={record.amount} unit={record.unit} isExact />
    </EditableCell>
  );
}

function NoteCell({ record, editing, actions }: CellProps) {
  const { texts: t } = useAppPreferences();
  return (
    <EditableCell
      cell={`${record.id}.description`}
      label={t.consumption.columns.description}
      type="text"
      value={record.description ?? ''}
      editing={editing}
      actions={actions}
      read={(typed) => ({ change: { description: typed.trim() || null } })}
      record={record}
    >
      <span className="text-muted">{record.description || '–'}</span>
    </EditableCell>
  );
}
