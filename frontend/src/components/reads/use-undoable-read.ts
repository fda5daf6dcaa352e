import { useCallback } from 'react';

import { useNotify } from '@/components/ui/Toast';
import { useMeterTexts } from '@/hooks/meter-texts';
import { useProblemText } from '@/hooks/problem-text';
import { useDeleteRead, useDialEvent, useSaveRead } from '@/hooks/reads';
import type { MeterOut, ReadOut } from '@/lib/api';
import { newKey } from '@/lib/keyring';
import { toProblem } from '@/lib/problem';

/** Deletes a read (of an event both) and offers to write it again. */
export function useUndoableRead(meter: MeterOut, reads: readonly ReadOut[]) {
  const t = useMeterTexts();
  const notify = useNotify();
  const problemText = useProblemText();
  const { mutateAsync: remove } = useDeleteRead(meter.id);
  const { mutateAsync: save } = useSaveRead(meter.id);
  const { mutateAsync: happen } = useDialEvent(meter.id);
  return useCallback(
    async (read: ReadOut) => {
      const pair = reads.filter(
        (one) => one.event !== null && one.event === read.event && one.read_at === read.read_at,
      );
      const restore = async () => {
        const initial = pair.find((one) => one.kind === 'initial');
        if (read.event && initial) {
          const final = pair.find((one) => one.kind === 'final');
          const { serial_number, register_digits, multiplier, note } = initial;
          const dial = { serial_number, register_digits, multiplier, note };
          const values = { final_value: final?.value ?? null, initial_value: initial.value };
          const body = { event: read.event, at: read.read_at, ...values, ...dial };
          await happen({ body, key: newKey() });
          return;
        }
        const kind = read.kind === 'estimated' ? ('estimated' as const) : ('regular' as const);
        const { read_at, value, note, is_rollover: rollover } = read;
        await save({ body: { read_at, value, note, kind, rollover }, read: null, key: newKey() });
      };
      const tell = (error: unknown) => notify({ text: problemText(toProblem(error)) });
      const undo = () => restore().then(() => notify({ text: t.reads.restored }), tell);
      try {
        await remove(read);
        notify({
          text: t.reads.deleted,
          action: { label: t.common.undo, onAct: () => void undo() },
        });
      } catch (error) {
        tell(error);
      }
    },
    [t, notify, problemText, remove, save, happen, reads],
  );
}
