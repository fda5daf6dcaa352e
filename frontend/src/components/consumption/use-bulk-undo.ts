import { useCallback } from 'react';

import { useNotify } from '@/components/ui/Toast';
import { useFormat } from '@/context/preferences';
import { useAppTexts } from '@/hooks/app-texts';
import { asInput, useUpdateRecords } from '@/hooks/consumption';
import type { ConsumptionOut } from '@/lib/api';

/** Says how many were changed and offers to give them back what they had. */
export function useBulkUndo() {
  const t = useAppTexts();
  const format = useFormat();
  const notify = useNotify();
  const { mutateAsync } = useUpdateRecords();
  return useCallback(
    (before: readonly ConsumptionOut[], changed: readonly ConsumptionOut[]) => {
      if (changed.length === 0) return;
      const count = (n: number) => t.count.records(n, format.number(n, 0));
      const old = new Map(before.map((record) => [record.id, record]));
      const undo = async () => {
        const result = await mutateAsync(
          changed.flatMap((record) => {
            const was = old.get(record.id);
            return was ? { record, body: asInput(was) } : [];
          }),
        );
        const { length: left } = result.refused;
        notify({
          text: [
            t.consumption.restored(count(result.changed.length)),
            left > 0 && t.bulk.notChanged(count(left)),
          ]
            .filter(Boolean)
            .join(' '),
        });
      };
      notify({
        text: t.bulk.changed(count(changed.length)),
        action: { label: t.common.undo, onAct: () => void undo() },
      });
    },
    [t, format, notify, mutateAsync],
  );
}
