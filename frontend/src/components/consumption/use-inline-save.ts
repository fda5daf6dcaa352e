import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useState } from 'react';

import { useNotify } from '@/components/ui/Toast';
import { useAppTexts } from '@/hooks/app-texts';
import { asInput, recordOptions, useReplaceRecord } from '@/hooks/consumption';
import { useFieldText, useProblemText } from '@/hooks/problem-text';
import { useRecordsChanged } from '@/hooks/records-changed';
import type { ConsumptionCreate, ConsumptionOut } from '@/lib/api';
import { toProblem } from '@/lib/problem';

type Stale = { mine: ConsumptionCreate; theirs: ConsumptionOut };

/** Saves one changed cell; when the record changed meanwhile, keeps both versions to choose from. */
export function useInlineSave() {
  const t = useAppTexts();
  const notify = useNotify();
  const problemText = useProblemText();
  const fieldText = useFieldText();
  const recordsChanged = useRecordsChanged();
  const queryClient = useQueryClient();
  const { mutateAsync } = useReplaceRecord();
  const [stale, setStale] = useState<Stale | null>(null);

  const send = useCallback(
    async (id: number, version: number, body: ConsumptionCreate): Promise<string | null> => {
      try {
        await mutateAsync({ id, version, body });
        return null;
      } catch (error) {
        const problem = toProblem(error);
        if (problem.kind !== 'stale') {
          const [found] = problem.fields;
          return found ? fieldText(...found) : problemText(problem);
        }
        const theirs = await queryClient.fetchQuery({ ...recordOptions(id), staleTime: 0 });
        setStale({ mine: body, theirs });
        return null;
      }
    },
    [mutateAsync, problemText, fieldText, queryClient],
  );

  /** Gives what is wrong, or null when it is saved or is being decided. */
  const save = useCallback(
    (record: ConsumptionOut, change: Partial<ConsumptionCreate>) =>
      send(record.id, record.version, { ...asInput(record), ...change }),
    [send],
  );

  const settle = async (choice: 'mine' | 'theirs') => {
    if (!stale) return;
    setStale(null);
    if (choice === 'theirs') return recordsChanged();
    const wrong = await send(stale.theirs.id, stale.theirs.version, stale.mine);
    notify({ text: wrong ?? t.consumption.saved });
  };
  return { save, stale, settle: (choice: 'mine' | 'theirs') => void settle(choice) };
}
