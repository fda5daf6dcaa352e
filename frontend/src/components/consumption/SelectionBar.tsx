import { Download, Pencil, Trash2, X } from 'lucide-react';
import { useMemo, useState } from 'react';

import { BulkEditDialog } from '@/components/consumption/BulkEditDialog';
import { recordCsv } from '@/components/consumption/record-csv';
import { useMeterNames } from '@/components/consumption/RecordTable';
import type { Selection } from '@/components/consumption/use-selection';
import { Button } from '@/components/ui/Button';
import { useFormat } from '@/context/preferences';
import { useAppPreferences, useAppTexts } from '@/hooks/app-texts';
import type { ConsumptionOut } from '@/lib/api';
import { shownIn } from '@/lib/display-units';
import { download } from '@/lib/download';

type Props = {
  selection: Selection;
  onClear: () => void;
  onDelete: (records: readonly ConsumptionOut[]) => void;
};

/** What can be done with the selected records, and what they come to. */
export function SelectionBar({ selection, onClear, onDelete }: Props) {
  const t = useAppTexts();
  const format = useFormat();
  const meterNames = useMeterNames();
  const [isEditing, setEditing] = useState(false);
  const records = useMemo(() => [...selection.values()], [selection]);
  return (
    <section
      aria-label={t.consumption.selected(
        t.count.records(records.length, format.number(records.length, 0)),
      )}
      data-no-print
      className="card sticky bottom-24 z-20 mt-4 flex flex-wrap items-center gap-x-4 gap-y-2 p-3 pl-5 shadow-lg max-sm:gap-x-2 md:bottom-4"
    >
      <p className="font-medium" aria-live="polite">
        {t.consumption.selected(t.count.records(records.length, format.number(records.length, 0)))}
      </p>
      <p className="flex-1 text-sm text-muted max-sm:order-1 max-sm:basis-full">
        {useTotals(records).join(' · ')}
      </p>
      <Button size="sm" className="max-sm:order-2" onClick={() => setEditing(true)}>
        <Pencil aria-hidden className="size-4" />
        {t.bulk.open}
      </Button>
      <Button
        size="sm"
        className="max-sm:order-2"
        onClick={() => download('consumption.csv', recordCsv(records, meterNames))}
      >
        <Download aria-hidden className="size-4" />
        {t.consumption.exportSelected}
      </Button>
      <Button
        size="sm"
        variant="danger"
        className="max-sm:order-2"
        onClick={() => onDelete(records)}
      >
        <Trash2 aria-hidden className="size-4" />
        {t.consumption.deleteSelected}
      </Button>
      <Button
        size="icon"
        variant="quiet"
        className="max-sm:ml-auto"
        aria-label={t.consumption.clearSelection}
        onClick={onClear}
      >
        <X aria-hidden className="size-4" />
      </Button>
      {isEditing && (
        <BulkEditDialog
          records={records}
          onClose={() => setEditing(false)}
          onDone={() => {
            setEditing(false);
            onClear();
          }}
        />
      )}
    </section>
  );
}

/** Sums by utility and base unit; different ones are never added. */
function useTotals(records: readonly ConsumptionOut[]): string[] {
  const { texts: t, format, preferences } = useAppPreferences();
  const sums = new Map<string, { record: ConsumptionOut; sum: number }>();
  for (const record of records) {
    const key = `${record.consumption_type}.${record.base_unit}`;
    sums.set(key, { record, sum: (sums.get(key)?.sum ?? 0) + record.base_amount });
  }
  return [...sums.values()].map(({ record, sum }) => {
    const type = record.consumption_type;
    const { unit, factor } = shownIn(preferences.units, type, record.base_unit);
    return `${t.utility[type]} ${format.quantity(sum * factor, unit)}`;
  });
}
