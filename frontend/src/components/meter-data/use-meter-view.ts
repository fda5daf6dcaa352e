import { useMemo } from 'react';

import { useMeterPreferences } from '@/hooks/meter-texts';
import type { MeterOut } from '@/lib/api';
import { createClock } from '@/lib/clock';
import { shownIn } from '@/lib/display-units';

/** How this meter's amounts and moments are shown: unit with its factor, and a zone's clock. */
export function useMeterView(meter: MeterOut) {
  const { texts, format, locale, preferences } = useMeterPreferences();
  const shown = shownIn(preferences.units, meter.consumption_type, meter.unit);
  const { unit, factor } = shown;
  return useMemo(
    () => ({
      t: texts,
      format,
      unit,
      factor,
      clockOf: (timeZone: string) => createClock(locale, timeZone),
      quantity: (amount: number) => format.quantity(amount * factor, unit),
    }),
    [texts, format, locale, unit, factor],
  );
}

export type MeterView = ReturnType<typeof useMeterView>;
