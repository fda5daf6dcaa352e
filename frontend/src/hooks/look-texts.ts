import { useMemo } from 'react';

import { useMeterPreferences, type MeterTexts } from '@/hooks/meter-texts';
import { lookEn } from '@/i18n/look.en';

const MORE = { look: lookEn };

/** The texts of what is worth a look, which come after the figures. */
export function useLookTexts(): MeterTexts & typeof MORE {
  const { texts } = useMeterPreferences();
  return useMemo(() => ({ ...MORE, ...texts }), [texts]);
}
