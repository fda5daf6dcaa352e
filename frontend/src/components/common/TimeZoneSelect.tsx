import { useSyncExternalStore, type ComponentProps } from 'react';

import { Select } from '@/components/ui/controls';

let all: readonly string[] | null = null;
const zones = (): readonly string[] =>
  (all ??= ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')]);
const NONE: readonly string[] = [];
const never = () => () => undefined;

export const browserZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

type Props = ComponentProps<'select'> & { current?: string };

/** All time zones, and the current one even where the browser does not know it. */
export function TimeZoneSelect({ current, children, ...props }: Props) {
  const known = useSyncExternalStore(never, zones, () => NONE);
  const options = current && !known.includes(current) ? [current, ...known] : known;
  return (
    <Select {...props}>
      {children}
      {options.map((zone) => (
        <option key={zone} value={zone}>
          {zone.replace(/_/g, ' ')}
        </option>
      ))}
    </Select>
  );
}
