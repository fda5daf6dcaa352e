import { useQuery } from '@tanstack/react-query';
import { Download, Trash2, X } from 'lucide-react';

import { recordCsv } from '@/components/consumption/record-csv';
import { useMeterNames } from '@/components/consumption/RecordTable';
import type { Selection } from '@/components/consumption/use-selection';
import { Button } from '@/components/ui/Button';
import { Select } from '@/components/ui/controls';
import { useNotify } from '@/components/ui/Toast';
import { useFormat, usePreferences, useTexts } from '@/context/preferences';
import { asInput, useBatch } from '@/hooks/consumption';
import { meterListOptions } from '@/hooks/meters';
import { useProblemText } from '@/hooks/problem-text';
import type { ConsumptionOut } from '@/lib/api';
import { shownIn } from '@/lib/display-units';
import { download } from '@/lib/download';
import { toProblem } from '@/lib/problem';

type Props = {
  selection: Selection;
  onClear: () => void;
  onDelete: (records: readonly ConsumptionOut[]) => void;
};

/** What can be done with the selected records, and what they come to. */
export function SelectionBar({ selection, onClear, onDelete }: Props) {
  const t = useTexts();
  const format = useFormat();
  const meterNames = useMeterNames();
  const records = [...selection.values()];
  return (
    <section
      aria-label={t.consumption.selected(
        t.count.records(records.length, format.number(records.length, 0)),
      )}
      data-no-print
      className="card sticky bottom-24 z-20 mt-4 flex flex-wrap items-center gap-x-4 gap-y-2 p-3 pl-5 shadow-lg md:bottom-4"
    >
      <p className="font-medium" aria-live="polite">
        {t.consumption.selected(t.count.records(records.length, format.number(records.length, 0)))}
      </p>
      <p className="flex-1 text-sm text-muted">{useTotals(records).join(' · ')}</p>
      <MoveToMeter records={records} onMoved={onClear} />
      <Button size="sm" onClick={() => download('consumption.csv', recordCsv(records, meterNames))}>
        <Download aria-hidden className="size-4" />
        {t.consumption.exportSelected}
      </Button>
      <Button size="sm" variant="danger" onClick={() => onDelete(records)}>
        <Trash2 aria-hidden className="size-4" />
        {t.consumption.deleteSelected}
      </Button>
      <Button
        size="icon"
        variant="quiet"
        aria-label={t.consumption.clearSelection}
        onClick={onClear}
      >
        <X aria-hidden className="size-4" />
      </Button>
    </section>
  );
}

/** Sums by utility and base unit; different ones are never added. */
function useTotals(records: readonly ConsumptionOut[]): string[] {
  const { texts: t, format, preferences } = usePreferences();
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

type MoveProps = { records: readonly ConsumptionOut[]; onMoved: () => void };

function MoveToMeter({ records, onMoved }: MoveProps) {
  const t = useTexts();
  const format = useFormat();
  const notify = useNotify();
  const problemText = useProblemText();
  const batch = useBatch();
  const { data: meters = [] } = useQuery(meterListOptions());
  const [first] = records;
  const isOneKind = records.every((one) => one.consumption_type === first?.consumption_type);
  const offered = meters.filter(
    (meter) => meter.consumption_type === first?.consumption_type && !meter.archived_at,
  );
  if (!isOneKind || offered.length < 2) return null;
  const move = async (meterId: number) => {
    try {
      await batch.mutateAsync({
        update: records.map((one) => ({
          ...asInput(one),
          id: one.id,
          version: one.version,
          meter_id: meterId,
        })),
      });
      notify({
        text: t.consumption.moved(
          t.count.records(records.length, format.number(records.length, 0)),
        ),
      });
      onMoved();
    } catch (error) {
      notify({ text: problemText(toProblem(error)) });
    }
  };
  return (
    <Select
      aria-label={t.consumption.changeMeter}
      className="!min-h-9 !w-auto !border-line text-sm pointer-coarse:!min-h-11"
      value=""
      disabled={batch.isPending}
      onChange={({ target }) => void move(Number(target.value))}
    >
      <option value="">{t.consumption.changeMeter}</option>
      {offered.map((meter) => (
        <option key={meter.id} value={meter.id}>
          {meter.name}
        </option>
      ))}
    </Select>
  );
}
