import { Download } from 'lucide-react';
import { useRef, useState } from 'react';

import { recordCsv } from '@/components/consumption/record-csv';
import { useMeterNames } from '@/components/consumption/RecordTable';
import type { Filters } from '@/components/consumption/use-filters';
import { Button } from '@/components/ui/Button';
import { useNotify } from '@/components/ui/Toast';
import { useFormat, useTexts } from '@/context/preferences';
import { useProblemText } from '@/hooks/problem-text';
import { listConsumption, type ConsumptionOut } from '@/lib/api';
import { download } from '@/lib/download';
import { toProblem } from '@/lib/problem';

/** Takes along all records that the filters leave, a hundred at a time; can be stopped. */
export function ExportButton({ filters, total }: { filters: Filters; total: number }) {
  const t = useTexts();
  const format = useFormat();
  const notify = useNotify();
  const problemText = useProblemText();
  const meterNames = useMeterNames();
  const [done, setDone] = useState<number | null>(null);
  const stop = useRef<AbortController | null>(null);

  const run = async () => {
    const abort = new AbortController();
    stop.current = abort;
    const records: ConsumptionOut[] = [];
    let cursor: string | null = null;
    try {
      do {
        setDone(records.length);
        const query: Filters & { per_page: number; cursor?: string } = {
          ...filters,
          per_page: 100,
          ...(cursor ? { cursor } : {}),
        };
        const { data } = await listConsumption({ query, signal: abort.signal });
        records.push(...data.items);
        cursor = data.pagination.next_cursor;
      } while (cursor);
      download('consumption.csv', recordCsv(records, meterNames));
      notify({
        text: t.consumption.exported(
          t.count.records(records.length, format.number(records.length, 0)),
        ),
      });
    } catch (error) {
      if (!abort.signal.aborted) notify({ text: problemText(toProblem(error)) });
    } finally {
      setDone(null);
    }
  };
  if (done !== null) {
    return (
      <Button onClick={() => stop.current?.abort()}>
        {t.consumption.exporting(format.number(done, 0), format.number(total, 0))} {t.common.cancel}
      </Button>
    );
  }
  return (
    <Button disabled={total === 0} onClick={() => void run()}>
      <Download aria-hidden className="size-4" />
      {t.consumption.exportShown}
    </Button>
  );
}
