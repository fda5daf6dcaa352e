import { useMemo } from 'react';

import { usePreferences } from '@/context/preferences';
import { languageOf, type Texts } from '@/i18n';
import { meterDataEn } from '@/i18n/meter-data.en';
import { meterDataEs } from '@/i18n/meter-data.es';
import { readsEn } from '@/i18n/reads.en';
import { readsEs } from '@/i18n/reads.es';

// Only the pages of meters need these: they would make every first load longer.
const MORE = {
  en: { meterData: meterDataEn, reads: readsEn },
  es: { meterData: meterDataEs, reads: readsEs },
};

export type MeterTexts = Texts & (typeof MORE)['en'];

/** The preferences, with the texts of dials and intervals among the others. */
export function useMeterPreferences() {
  const preferences = usePreferences();
  const { texts, locale } = preferences;
  return useMemo(
    () => ({ ...preferences, texts: { ...texts, ...MORE[languageOf(locale)] } }),
    [preferences, texts, locale],
  );
}

export const useMeterTexts = (): MeterTexts => useMeterPreferences().texts;
