import { useCallback } from 'react';

import { useFormat, useTexts } from '@/context/preferences';
import { useSession } from '@/context/session';
import type { Problem } from '@/lib/problem';

/** Says a problem in the reader's language; the server's own sentence where it knows more. */
export function useProblemText(): (problem: Problem) => string {
  const t = useTexts();
  const format = useFormat();
  const { mayWrite } = useSession();
  return useCallback(
    (problem) => {
      switch (problem.kind) {
        case 'offline':
          return t.problem.offline;
        case 'timeout':
          return t.problem.timeout;
        case 'limit':
          return problem.retryAfterS
            ? t.problem.limit(format.number(problem.retryAfterS, 0))
            : problem.message;
        case 'read-only':
          return mayWrite ? problem.message || t.problem.readOnly : t.common.readOnly;
        default:
          return problem.message || t.problem.other;
      }
    },
    [t, format, mayWrite],
  );
}
