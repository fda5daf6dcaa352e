import { useMemo } from 'react';

import { useAppPreferences, type AppTexts } from '@/hooks/app-texts';
import { meterDataEn } from '@/i18n/meter-data.en';
import { readsEn } from '@/i18n/reads.en';

// Only the pages of meters need these: they would make every first load longer.
const MORE = { meterData: meterDataEn, reads: readsEn };

export type MeterTexts = AppTexts & typeof MORE;

/** The preferences, with the texts of dials and intervals among the others. */
export function useMeterPreferences() {
  const preferences = useAppPreferences();
  return useMemo(
    () => ({ ...preferences, texts: { ...MORE, ...preferences.texts } as MeterTexts }),
    [preferences],
  );
}

export const useMeterTexts = (): MeterTexts => useMeterPreferences().texts;
