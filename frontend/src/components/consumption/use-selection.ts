import { useCallback, useRef, useState } from 'react';

import type { ConsumptionOut } from '@/lib/api';

export type Selection = ReadonlyMap<number, ConsumptionOut>;

/** Which records are selected, across pages; with Shift everything from the last one touched. */
export function useSelection() {
  const [selection, setSelection] = useState<Selection>(new Map());
  const last = useRef<number | null>(null);

  const toggle = useCallback(
    (record: ConsumptionOut, isExtending: boolean, shown: readonly ConsumptionOut[]) => {
      const anchor = last.current;
      last.current = record.id;
      setSelection((known) => {
        const next = new Map(known);
        const isOn = !known.has(record.id);
        const from = shown.findIndex((one) => one.id === anchor);
        const to = shown.findIndex((one) => one.id === record.id);
        const touched =
          isExtending && from >= 0
            ? shown.slice(Math.min(from, to), Math.max(from, to) + 1)
            : [record];
        for (const one of touched) {
          if (isOn) next.set(one.id, one);
          else next.delete(one.id);
        }
        return next;
      });
    },
    [],
  );
  const toggleAll = useCallback((shown: readonly ConsumptionOut[]) => {
    setSelection((known) => {
      const next = new Map(known);
      const areAll = shown.every((one) => known.has(one.id));
      for (const one of shown) {
        if (areAll) next.delete(one.id);
        else next.set(one.id, one);
      }
      return next;
    });
  }, []);
  const clear = useCallback(() => setSelection(new Map()), []);
  /** The record that a further one with Shift extends from. */
  const anchor = useCallback(() => last.current, []);
  return { selection, toggle, toggleAll, clear, anchor };
}
