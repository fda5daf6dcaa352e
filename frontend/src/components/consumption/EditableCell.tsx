import { useState, type KeyboardEvent, type ReactNode } from 'react';

import type { RowActions } from '@/components/consumption/RecordTable';
import { useAppTexts } from '@/hooks/app-texts';
import type { ConsumptionCreate, ConsumptionOut } from '@/lib/api';
import { cn } from '@/lib/cn';

type Props = {
  cell: string;
  label: string;
  type: 'text' | 'date';
  value: string;
  record: ConsumptionOut;
  editing: string | null;
  actions: RowActions;
  read: (typed: string) => { change: Partial<ConsumptionCreate> } | { wrong: string };
  isRight?: boolean;
  children: ReactNode;
};

/** A cell as in a spreadsheet: F2, Enter or a double click edits, Enter saves, Escape gives back. */
export function EditableCell(props: Props) {
  const { cell, label, actions, isRight, children } = props;
  const t = useAppTexts();
  if (!actions.mayWrite) return children;
  if (props.editing === cell) return <CellInput {...props} />;
  const start = () => actions.onEdit(cell);
  return (
    <button
      type="button"
      data-cell={cell}
      title={t.consumption.editCell(label)}
      className={cn(
        'cursor-text rounded px-1 py-1.5 -mx-1 max-sm:py-0.5',
        isRight ? 'text-right whitespace-nowrap' : 'max-w-full truncate text-left',
      )}
      onDoubleClick={start}
      onKeyDown={(event) => {
        if (event.key !== 'F2' && event.key !== 'Enter') return;
        event.preventDefault();
        start();
      }}
    >
      {children}
    </button>
  );
}

function CellInput({ cell, label, type, value, record, actions, read, isRight }: Props) {
  const [typed, setTyped] = useState(value);
  const [wrong, setWrong] = useState<string | null>(null);
  const [isSaving, setSaving] = useState(false);

  const leave = (isByKey: boolean) => {
    actions.onEdit(null);
    if (isByKey) {
      requestAnimationFrame(() =>
        document.querySelector<HTMLElement>(`[data-cell="${cell}"]`)?.focus(),
      );
    }
  };
  const save = async (isByKey: boolean) => {
    if (isSaving) return;
    if (typed === value) return leave(isByKey);
    const found = read(typed);
    if ('wrong' in found) return setWrong(found.wrong);
    setSaving(true);
    const refused = await actions.onSave(record, found.change);
    setSaving(false);
    if (refused) setWrong(refused);
    else leave(isByKey);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') void save(true);
    else if (event.key === 'Escape') leave(true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <span className="relative block">
      <input
        // The person has just asked to type here.
        // eslint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        aria-label={label}
        aria-invalid={wrong ? true : undefined}
        aria-busy={isSaving}
        type={type}
        inputMode={isRight ? 'decimal' : undefined}
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
        onFocus={({ target }) => type === 'text' && target.select()}
        onKeyDown={onKeyDown}
        onBlur={() => void save(false)}
        className={cn(
          'w-full min-w-24 rounded-md border border-edge bg-surface px-2 py-1 aria-invalid:border-danger',
          isRight && 'text-right',
        )}
      />
      {wrong && (
        <span
          role="alert"
          className="absolute top-full right-0 z-10 mt-1 w-max max-w-64 rounded-md bg-danger-soft px-2 py-1 text-left text-sm whitespace-normal text-danger shadow"
        >
          {wrong}
        </span>
      )}
    </span>
  );
}
