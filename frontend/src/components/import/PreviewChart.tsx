import dynamic from 'next/dynamic';
import { useCallback, useMemo, useState } from 'react';

import type { SeriesPoint } from '@/components/charts/SeriesChart';
import { LOOKS } from '@/components/common/utility';
import { Select } from '@/components/ui/controls';
import { Skeleton } from '@/components/ui/Skeleton';
import { useFormat } from '@/context/preferences';
import { useAppTexts } from '@/hooks/app-texts';
import type { ImportedMeter, PreviewSeries } from '@/lib/api';
import { addDays } from '@/lib/days';
import type { Format } from '@/lib/format';
import { unitName } from '@/lib/units';

const SeriesChart = dynamic(() => import('@/components/charts/SeriesChart'), {
  ssr: false,
  loading: () => <Skeleton className="h-full" />,
});
const FIRST_LINES = 5;
const ignore = () => undefined;

type Props = { series: readonly PreviewSeries[]; meters: readonly ImportedMeter[] };

/** What each channel of the file holds, in few points: as a chart, and its first values. */
export function PreviewChart({ series, meters }: Props) {
  const t = useAppTexts();
  const format = useFormat();
  const [chosen, setChosen] = useState(0);
  const [active, setActive] = useState<number | null>(null);
  const shown = series[chosen] ?? series[0];
  const points = useMemo(() => (shown ? pointsOf(shown, format) : []), [shown, format]);
  const formatTick = useCallback((value: number) => format.number(value, 3), [format]);
  if (!shown) return null;
  const nameOf = (channel: string): string =>
    meters.find((meter) => meter.channel === channel)?.name ?? channel;
  const type = meters.find((meter) => meter.channel === shown.channel)?.consumption_type;
  const look = LOOKS[type ?? 'electricity'];
  const caption = `${nameOf(shown.channel)} (${unitName(shown.unit)})`;
  return (
    <div className="mt-5">
      <div className="mb-2 flex flex-wrap items-center justify-between gap-3">
        <h3 className="text-sm font-medium">{t.import.chartTitle}</h3>
        {series.length > 1 ? (
          <Select
            aria-label={t.import.channel}
            className="!w-auto max-w-full"
            value={chosen}
            onChange={({ target }) => setChosen(Number(target.value))}
          >
            {series.map((one, index) => (
              <option key={one.channel} value={index}>
                {nameOf(one.channel)} ({unitName(one.unit)})
              </option>
            ))}
          </Select>
        ) : (
          <span className="text-sm text-muted">{caption}</span>
        )}
      </div>
      <div className="h-56" data-testid="preview-chart">
        <SeriesChart
          points={points}
          color={look.fill}
          dash={look.dash}
          active={active}
          formatTick={formatTick}
          onActive={setActive}
          onReady={ignore}
        />
      </div>
      <table className="mt-3 w-full max-w-md text-[0.9375rem]">
        <caption className="mb-1 text-left text-sm text-muted">{t.import.firstValues}</caption>
        <thead className="sr-only">
          <tr>
            <th scope="col">{t.consumption.columns.date}</th>
            <th scope="col">{t.consumption.columns.amount}</th>
          </tr>
        </thead>
        <tbody>
          {points.slice(0, FIRST_LINES).map((point, index) => (
            <tr key={shown.start[index]} className="border-t border-line">
              <td className="py-1.5 pr-4">{point.title}</td>
              <td className="py-1.5 text-right whitespace-nowrap">{point.lines[0]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/**
 * The server's points: local days, several in one where there are many, or instants, which are
 * told in the account's time zone.
 */
function pointsOf({ start, amount, unit }: PreviewSeries, format: Format): readonly SeriesPoint[] {
  return start.map((at, index): SeriesPoint => {
    const isDay = at.length === 10;
    const value = amount[index] ?? null;
    const next = start[index + 1];
    const title = isDay ? format.range(at, next ? addDays(next, -1) : at) : format.moment(at);
    return {
      label: isDay ? format.day(at, 'short') : format.moment(at),
      amount: value,
      compared: null,
      isEstimated: false,
      isMissing: false,
      isToned: false,
      title,
      lines: value === null ? [] : [format.quantity(value, unit)],
    };
  });
}
