import { useCallback } from 'react';

import { useNotify } from '@/components/ui/Toast';
import { useFormat } from '@/context/preferences';
import { useAppTexts } from '@/hooks/app-texts';
import { useDeleteRecords, useRestoreRecords } from '@/hooks/consumption';
import { useProblemText } from '@/hooks/problem-text';
import type { ConsumptionOut } from '@/lib/api';
import { toProblem } from '@/lib/problem';

/** Deletes at once and offers to bring everything back as it was; outlives the page it began on. */
export function useUndoableDelete(): (records: readonly ConsumptionOut[]) => Promise<void> {
  const t = useAppTexts();
  const format = useFormat();
  const notify = useNotify();
  const problemText = useProblemText();
  const { mutateAsync: remove } = useDeleteRecords();
  const { mutateAsync: restore } = useRestoreRecords();
  return useCallback(
    async (records) => {
      const count = (n: number) => t.count.records(n, format.number(n, 0));
      const tell = (error: unknown) => notify({ text: problemText(toProblem(error)) });
      try {
        const tokens = await remove(records.map((record) => record.id));
        const undo = () =>
          restore(tokens)
            .then((restored) => notify({ text: t.consumption.restored(count(restored)) }))
            .catch(tell);
        notify({
          text: t.consumption.deleted(count(records.length)),
          action: { label: t.common.undo, onAct: () => void undo() },
        });
      } catch (error) {
        tell(error);
      }
    },
    [t, format, notify, problemText, remove, restore],
  );
}
