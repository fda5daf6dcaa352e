import { useCallback } from 'react';

import { useNotify } from '@/components/ui/Toast';
import { useFormat, useTexts } from '@/context/preferences';
import { asInput, useBatch } from '@/hooks/consumption';
import { useProblemText } from '@/hooks/problem-text';
import type { ConsumptionOut } from '@/lib/api';
import { toProblem } from '@/lib/problem';

/** Deletes at once and offers to bring everything back as it was; outlives the page it began on. */
export function useUndoableDelete(): (records: readonly ConsumptionOut[]) => Promise<void> {
  const t = useTexts();
  const format = useFormat();
  const notify = useNotify();
  const problemText = useProblemText();
  const { mutateAsync } = useBatch();
  return useCallback(
    async (records) => {
      const count = t.count.records(records.length, format.number(records.length, 0));
      const tell = (error: unknown) => notify({ text: problemText(toProblem(error)) });
      const restore = () =>
        mutateAsync({ create: records.map(asInput) })
          .then(() => notify({ text: t.consumption.restored(count) }))
          .catch(tell);
      try {
        await mutateAsync({ delete: records.map((record) => record.id) });
      } catch (error) {
        tell(error);
        return;
      }
      notify({
        text: t.consumption.deleted(count),
        action: { label: t.common.undo, onAct: () => void restore() },
      });
    },
    [t, format, notify, problemText, mutateAsync],
  );
}
