import { useCallback } from 'react';

import { usePreferences } from '@/context/preferences';
import { useSession } from '@/context/session';
import { languageOf, serverSentence } from '@/i18n';
import { sentence } from '@/lib/forms';
import type { Finding, Problem } from '@/lib/problem';

/**
 * Says a problem in the reader's language. The server speaks English: there its own sentence is
 * used, which knows more; elsewhere its code is translated.
 */
export function useProblemText(): (problem: Problem) => string {
  const { texts: t, format, locale } = usePreferences();
  const { mayWrite } = useSession();
  const language = languageOf(locale);
  return useCallback(
    (problem) => {
      const said =
        language === 'en'
          ? problem.message
          : serverSentence(language, problem.code, problem.params);
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
    [t, format, language, mayWrite],
  );
}

/** The server's own sentence where there is no translation of it; to be marked as English. */
export function useServerDetail(): (problem: Problem) => string | null {
  const { locale } = usePreferences();
  const language = languageOf(locale);
  return useCallback(
    ({ code, params, message }) =>
      language === 'en' || serverSentence(language, code, params) ? null : message || null,
    [language],
  );
}

/** Says what the server found wrong with a field; what has no translation follows on a second line. */
export function useFieldText(): (field: string, finding: Finding) => string {
  const { texts: t, locale } = usePreferences();
  const language = languageOf(locale);
  return useCallback(
    (_, { code, params, detail }) => {
      if (language === 'en') return sentence(detail);
      const said = code && serverSentence(language, code, params ?? {});
      return said || `${t.valid.format}\n${detail}`;
    },
    [t, language],
  );
}
