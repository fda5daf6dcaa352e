import { useSyncExternalStore, type ComponentProps } from 'react';

import { Select } from '@/components/ui/controls';

let all: readonly string[] | null = null;
const zones = (): readonly string[] => (all ??= ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')]);
const NONE: readonly string[] = [];
const never = () => () => undefined;

type Props = ComponentProps<'select'> & { isGuessed?: boolean; current?: string };

/** All time zones; the browser's own where there is nothing better to start with. */
export function TimeZoneSelect({ isGuessed, current, ref, ...props }: Props) {
  const known = useSyncExternalStore(never, zones, () => NONE);
  const options = current && !known.includes(current) ? [current, ...known] : known;
  return (
    <Select
      {...props}
      ref={(element) => {
        if (element && isGuessed && !element.value) {
          element.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
        }
        if (typeof ref === 'function') return ref(element);
        if (ref) ref.current = element;
      }}
    >
      {options.map((zone) => (
        <option key={zone} value={zone}>
          {zone.replace(/_/g, ' ')}
        </option>
      ))}
    </Select>
  );
}
