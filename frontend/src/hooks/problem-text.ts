import { useCallback } from 'react';

import { usePreferences } from '@/context/preferences';
import { useSession } from '@/context/session';
import { languageOf } from '@/i18n';
import { sentence } from '@/lib/forms';
import type { Problem } from '@/lib/problem';

/**
 * Says a problem in the reader's language. The server speaks English: there its own sentence is
 * used, which knows more; elsewhere the kind of the problem is said.
 */
export function useProblemText(): (problem: Problem) => string {
  const { texts: t, format, locale } = usePreferences();
  const { mayWrite } = useSession();
  const isEnglish = languageOf(locale) === 'en';
  return useCallback(
    (problem) => {
      const bySlug: Record<string, string> = t.problem.bySlug;
      const said = isEnglish ? problem.message : bySlug[problem.slug];
      switch (problem.kind) {
        case 'offline':
          return t.problem.offline;
        case 'timeout':
          return t.problem.timeout;
        case 'moved':
          return t.problem.moved;
        case 'limit':
          return problem.retryAfterS
            ? t.problem.limit(format.number(problem.retryAfterS, 0))
            : said || t.problem.other;
        case 'read-only':
          return mayWrite ? said || t.problem.readOnly : t.common.readOnly;
        default:
          return said || t.problem.other;
      }
    },
    [t, format, isEnglish, mayWrite],
  );
}

/** The server's own sentence where it is not what is said already; to be marked as English. */
export function useServerDetail(): (problem: Problem) => string | null {
  const { locale } = usePreferences();
  const isEnglish = languageOf(locale) === 'en';
  return useCallback((problem) => (isEnglish ? null : problem.message || null), [isEnglish]);
}

/** Says what the server found wrong with a field; its own sentence follows on a second line. */
export function useFieldText(): (field: string, detail: string) => string {
  const { texts: t, locale } = usePreferences();
  const isEnglish = languageOf(locale) === 'en';
  return useCallback(
    (field, detail) => {
      if (isEnglish) return sentence(detail);
      const byField: Record<string, string> = t.problem.byField;
      return `${byField[field] ?? t.valid.format}\n${detail}`;
    },
    [t, isEnglish],
  );
}
