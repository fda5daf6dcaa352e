import type { ComponentProps } from 'react';

import { Select } from '@/components/ui/controls';
import { usePreferences } from '@/context/preferences';

type Props = ComponentProps<'select'> & { current: string };

/** All currencies by their names, and the current one even where the browser does not know it. */
export function CurrencySelect({ current, ...props }: Props) {
  const { locale } = usePreferences();
  const names = new Intl.DisplayNames(locale, { type: 'currency' });
  const codes = [...new Set([current, ...Intl.supportedValuesOf('currency')])].sort();
  return (
    <Select {...props}>
      {codes.map((code) => (
        <option key={code} value={code}>
          {code} – {names.of(code)}
        </option>
      ))}
    </Select>
  );
}
