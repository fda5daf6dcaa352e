import { useMemo } from 'react';

import { useFieldText } from '@/hooks/problem-text';
import type { ImportOut } from '@/lib/api';
import { asksOf, isAsk, RECORDS, type Ask } from '@/lib/import-formats';
import { toProblem } from '@/lib/problem';

const PREFIX = 'mapping/';
// What only files of columns are asked.
const OF_COLUMNS = new Set(['date_order', 'decimal', 'separator']);

/**
 * The entries of the mapping to ask for: those that the server names, or those that the recognised
 * format takes. Null when it is a table whose columns are to be chosen.
 */
export function useAsked(
  found: ImportOut | null,
  error: unknown,
): ReadonlyMap<Ask, string | undefined> | null {
  const fieldText = useFieldText();
  return useMemo(() => {
    if (error) {
      const asked = new Map<Ask, string | undefined>();
      for (const [pointer, finding] of toProblem(error).fields) {
        const name = pointer.startsWith(PREFIX) ? pointer.slice(PREFIX.length) : pointer;
        if (!isAsk(name) || OF_COLUMNS.has(name)) return null;
        asked.set(name, fieldText(name, finding));
      }
      return asked.size > 0 ? asked : null;
    }
    if (!found || found.format === RECORDS) return null;
    return new Map(asksOf(found.format).map((ask) => [ask, undefined]));
  }, [found, error, fieldText]);
}
