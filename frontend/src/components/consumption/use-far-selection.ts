import { useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';

import type { TableView } from '@/components/consumption/RecordTable';
import type { Filters } from '@/components/consumption/use-filters';
import { useNotify } from '@/components/ui/Toast';
import { useFormat } from '@/context/preferences';
import { useAppTexts } from '@/hooks/app-texts';
import { recordListOptions } from '@/hooks/consumption';
import { useProblemText } from '@/hooks/problem-text';
import type { ConsumptionList, ConsumptionOut } from '@/lib/api';
import { toProblem } from '@/lib/problem';

const PAGE = 100;
const MAX_PAGES = 100;

/** Selection in one long scroll: what lies between two far rows is fetched before it is taken. */
export function useFarSelection(filters: Filters, { onToggle, anchor }: TableView) {
  const queryClient = useQueryClient();
  const t = useAppTexts();
  const format = useFormat();
  const notify = useNotify();
  const problemText = useProblemText();

  const toggle = useCallback(
    async (record: ConsumptionOut, isExtending: boolean) => {
      const from = anchor();
      if (!isExtending || from === null) return onToggle(record, false, [record]);
      const options = (page: number) => recordListOptions({ ...filters, page, per_page: PAGE });
      const pageOf = (id: number): number | undefined => {
        for (let page = 1; page <= MAX_PAGES * PAGE; page += 1) {
          const known = queryClient.getQueryData<ConsumptionList>(options(page).queryKey);
          if (known?.items.some((one) => one.id === id)) return page;
        }
      };
      const ends = [pageOf(from), pageOf(record.id)];
      const [first = 0, last = 0] = ends.sort((a = 0, b = 0) => a - b);
      if (first === 0 || last - first >= MAX_PAGES) {
        notify({ text: t.consumption.selectTooMany(format.number(MAX_PAGES * PAGE, 0)) });
        return;
      }
      try {
        const between: ConsumptionOut[] = [];
        for (let page = first; page <= last; page += 1) {
          between.push(...(await queryClient.fetchQuery(options(page))).items);
        }
        onToggle(record, true, between);
      } catch (error) {
        notify({ text: problemText(toProblem(error)) });
      }
    },
    [anchor, onToggle, filters, queryClient, notify, problemText, t, format],
  );
  return useCallback(
    (record: ConsumptionOut, isExtending: boolean) => void toggle(record, isExtending),
    [toggle],
  );
}
