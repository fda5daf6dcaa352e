import { useMemo } from 'react';

import { usePreferences } from '@/context/preferences';
import type { Texts } from '@/i18n';
import { appEn } from '@/i18n/app.en';

export type AppTexts = Texts & typeof appEn;

/** The preferences, with the texts of the pages behind the login among the others. */
export function useAppPreferences() {
  const preferences = usePreferences();
  const { texts } = preferences;
  return useMemo(
    // Another language arrives whole and stands over the English that these pages bring along.
    () => ({ ...preferences, texts: { ...appEn, ...texts } as AppTexts }),
    [preferences, texts],
  );
}

export const useAppTexts = (): AppTexts => useAppPreferences().texts;
