import { useQuery } from '@tanstack/react-query';

import { UtilityIcon } from '@/components/common/utility';
import { Select } from '@/components/ui/controls';
import { useFormat } from '@/context/preferences';
import { useAppTexts } from '@/hooks/app-texts';
import type { ReadingChoices } from '@/hooks/imports';
import { meterListOptions, siteListOptions } from '@/hooks/meters';
import type { ImportedMeter } from '@/lib/api';
import { unitName } from '@/lib/units';

type Props = {
  meters: readonly ImportedMeter[];
  choices: ReadingChoices;
  isBusy: boolean;
  onChoose: (choices: ReadingChoices) => void;
};

/** Which meter each channel of the file goes to: the one that was found, another, or a new one. */
export function FoundMeters({ meters, choices, isBusy, onChoose }: Props) {
  const t = useAppTexts();
  const { data: sites = [] } = useQuery(siteListOptions());
  const hasChannels = meters.some((meter) => meter.channel);
  const site = sites.find((one) => one.id === choices.site_id) ?? sites[0];
  const zone = site?.time_zone;
  return (
    <>
      <ul className="mt-4 grid gap-2.5 lg:grid-cols-2 2xl:grid-cols-3">
        {meters.map((meter) => (
          <li
            key={`${meter.channel}${meter.source}${meter.name}${meter.consumption_type}${meter.unit}`}
            className="flex min-w-0 flex-wrap items-center gap-2.5 rounded-xl border border-line py-2 pr-2 pl-2"
          >
            <UtilityIcon type={meter.consumption_type} />
            <Facts meter={meter} />
            {meter.channel && (
              <Target meter={meter} choices={choices} isBusy={isBusy} onChoose={onChoose} />
            )}
          </li>
        ))}
      </ul>
      {hasChannels && zone && meters.some((meter) => meter.is_new) && (
        <p className="mt-3 text-sm text-muted">{t.import.zoneOfNew(zone.replace(/_/g, ' '))}</p>
      )}
      {hasChannels && sites.length > 1 && (
        <label className="mt-4 flex w-fit max-w-full flex-wrap items-center gap-2.5 text-sm">
          {t.import.site}
          <Select
            className="!w-auto"
            disabled={isBusy}
            value={choices.site_id ?? ''}
            onChange={({ target }) =>
              onChoose({ ...choices, site_id: Number(target.value) || undefined })
            }
          >
            <option value="">{t.import.auto}</option>
            {sites.map((site) => (
              <option key={site.id} value={site.id}>
                {site.name}, {site.time_zone.replace(/_/g, ' ')}
              </option>
            ))}
          </Select>
        </label>
      )}
    </>
  );
}

function Facts({ meter }: { meter: ImportedMeter }) {
  const t = useAppTexts();
  const format = useFormat();
  const { added, changed = 0, unchanged = 0, total, gaps, direction } = meter;
  const n = (value: number) => format.number(value, 0);
  const facts = [
    meter.is_new && t.import.newMeterMark,
    direction === 'export' && t.import.fedIn,
    total != null && format.quantity(total, meter.unit),
    t.import.willAdd(n(added)),
    changed > 0 && t.import.willChange(n(changed)),
    unchanged > 0 && t.import.willKeep(n(unchanged)),
    gaps ? t.import.gaps(gaps, n(gaps)) : null,
  ];
  return (
    <span className="min-w-0 flex-1 leading-tight">
      <span className="block truncate font-medium">{meter.name}</span>
      <span className="text-sm text-muted">{facts.filter(Boolean).join(' · ')}</span>
    </span>
  );
}

type TargetProps = Omit<Props, 'meters'> & { meter: ImportedMeter };

function Target({ meter, choices, isBusy, onChoose }: TargetProps) {
  const t = useAppTexts();
  const { data: meters = [] } = useQuery(meterListOptions());
  const channel = meter.channel ?? '';
  const mapping: Record<string, unknown> = { ...choices.mapping };
  const chosen = { ...(mapping.meters as Record<string, number> | undefined) };
  const choose = (id: number) => {
    const { [channel]: _, ...others } = chosen;
    const next = id ? { ...others, [channel]: id } : others;
    const { meters: __, ...rest } = mapping;
    const isAny = Object.keys(next).length > 0;
    onChoose({ ...choices, mapping: isAny ? { ...rest, meters: next } : rest });
  };
  return (
    <Select
      aria-label={t.import.intoMeterOf(channel)}
      className="!min-h-9 !w-auto max-w-full text-sm pointer-coarse:!min-h-11"
      disabled={isBusy}
      value={chosen[channel] ?? ''}
      onChange={({ target }) => choose(Number(target.value))}
    >
      <option value="">{meter.is_new ? t.import.newMeter : t.import.fromFile}</option>
      {meters
        .filter((one) => !one.archived_at && one.consumption_type === meter.consumption_type)
        .map((one) => (
          <option key={one.id} value={one.id}>
            {one.name} ({unitName(one.unit)})
          </option>
        ))}
    </Select>
  );
}
