'use client';

import dynamic from 'next/dynamic';
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';

import { bucketLabel, bucketName, isMissing, isPartial } from '@/components/charts/buckets';
import type { ChartHandle } from '@/components/charts/handle';
import { isWeekendToned } from '@/components/charts/Legend';
import type { SeriesPoint } from '@/components/charts/SeriesChart';
import { useGestures } from '@/components/charts/use-gestures';
import { LOOKS } from '@/components/common/utility';
import { Skeleton } from '@/components/ui/Skeleton';
import { useFormat, useTexts } from '@/context/preferences';
import type { Texts } from '@/i18n';
import type { BucketOut, GroupBy, UtilityOut } from '@/lib/api';
import { isWeekend, type Day } from '@/lib/days';
import type { Format } from '@/lib/format';

const loadSeriesChart = () => import('@/components/charts/SeriesChart');
const SeriesChart = dynamic(loadSeriesChart, {
  ssr: false,
  loading: () => <Skeleton className="h-full" />,
});

/** Fetches the chart's code while the figures are still on their way. */
export const preloadChart = (): void => void loadSeriesChart();

type Props = {
  utility: UtilityOut;
  series: readonly BucketOut[];
  compared: readonly BucketOut[];
  group: GroupBy;
  today: Day;
  onOpen: (bucket: BucketOut) => void;
  onReady: (handle: ChartHandle) => void;
  /** From the first to the last bucket that was dragged over. */
  onZoom?: (from: BucketOut, to: BucketOut) => void;
  /** By so many buckets, later ones first when positive. */
  onPan?: (buckets: number) => void;
  /** There when a zoom can be taken back. */
  onReset?: (() => void) | undefined;
};

/** A utility's use over time: what each bar means, and how it is walked with the keyboard. */
export function UsageChart(props: Props) {
  const { utility, series, compared, group, today, onOpen, onReady, onPan, onReset } = props;
  const t = useTexts();
  const format = useFormat();
  const [active, setActive] = useState<number | null>(null);
  const [anchor, setAnchor] = useState<number | null>(null);
  const handle = useRef<ChartHandle | null>(null);
  const points = usePoints({ utility, series, compared, group, today });
  const look = LOOKS[utility.consumption_type];

  useEffect(preloadChart, []);
  const open = (index: number) => {
    const bucket = series[index];
    if (bucket) onOpen(bucket);
  };
  const zoom = (from: number, to: number) => {
    const [first, last] = [series[Math.min(from, to)], series[Math.max(from, to)]];
    setActive(null);
    setAnchor(null);
    if (first && last) props.onZoom?.(first, last);
  };
  const formatTick = useCallback(
    (value: number) => format.number(value, Math.abs(value) < 0.1 ? undefined : 3),
    [format],
  );
  const keep = useCallback(
    (drawn: ChartHandle) => {
      handle.current = drawn;
      onReady(drawn);
    },
    [onReady],
  );
  const { frame, band, showBand, handlers } = useGestures(handle, {
    onOpen: open,
    onZoom: props.onZoom && zoom,
    onPan,
    onReset,
  });
  const select = (from: number | null, to: number | null) => {
    setAnchor(from);
    showBand(from, to);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const last = series.length - 1;
    const from = active ?? (event.key === 'ArrowLeft' ? last + 1 : -1);
    const moves: Record<string, number> = {
      ArrowRight: Math.min(last, from + 1),
      ArrowLeft: Math.max(0, from - 1),
      Home: 0,
      End: last,
    };
    const next = moves[event.key];
    const half = Math.max(1, Math.ceil(series.length / 2));
    if (next !== undefined) {
      if (event.shiftKey && props.onZoom) select(anchor ?? active ?? next, next);
      else select(null, null);
      setActive(next);
    } else if (event.key === 'Enter' && active !== null) {
      showBand(null, null);
      if (anchor !== null && anchor !== active) zoom(anchor, active);
      else open(active);
    } else if (event.key === 'Escape') {
      if (active === null && anchor === null) onReset?.();
      select(null, null);
      setActive(null);
    } else if (event.key === 'PageUp' && onPan) onPan(-half);
    else if (event.key === 'PageDown' && onPan) onPan(half);
    else return;
    event.preventDefault();
  };

  const point = active === null ? null : points[active];
  const other = anchor === null || anchor === active ? null : points[anchor];
  const help = props.onZoom ? t.dashboard.chartHelpZoom : t.dashboard.chartHelp;
  return (
    <>
      {/* A chart is walked with arrow keys like an editor, which is what this role is for. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div
        role="application"
        aria-label={`${t.utility[utility.consumption_type]} ${t.dashboard.groups[group]}. ${help}`}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onBlur={() => {
          setActive(null);
          select(null, null);
        }}
        onPointerLeave={() => setActive(null)}
        className="relative h-[20rem] w-full min-w-0 touch-pan-y overflow-hidden select-none xl:h-[24rem]"
        {...handlers}
      >
        <div ref={frame} className="size-full">
          <SeriesChart
            points={points}
            color={look.fill}
            dash={look.dash}
            active={active}
            formatTick={formatTick}
            onActive={setActive}
            onReady={keep}
          />
        </div>
        <div
          ref={band}
          hidden
          className="pointer-events-none absolute rounded-sm border-x border-accent bg-accent/15"
        />
      </div>
      <p aria-live="polite" className="sr-only">
        {point &&
          (other
            ? t.dashboard.chosenBars(other.title, point.title)
            : [point.title, ...point.lines].join('. '))}
      </p>
    </>
  );
}

type Meaning = Pick<Props, 'utility' | 'series' | 'compared' | 'group' | 'today'>;

function usePoints({ utility, series, compared, group, today }: Meaning): readonly SeriesPoint[] {
  const t = useTexts();
  const format = useFormat();
  return useMemo(() => {
    const isLong =
      series.length > 0 && series[0]?.start.slice(0, 7) !== series.at(-1)?.start.slice(0, 7);
    const isToned = isWeekendToned(series, group);
    const isManyYears = series[0]?.start.slice(0, 4) !== series.at(-1)?.start.slice(0, 4);
    return series.map((bucket, index): SeriesPoint => {
      const { amount, estimated, start } = bucket;
      const partial = isPartial(bucket, group, today);
      const before = compared[index]?.amount ?? null;
      const lines = [amount === null ? t.dashboard.noData : format.quantity(amount, utility.unit)];
      if (estimated) lines.push(t.dashboard.qualityEstimated);
      if (partial) lines.push(t.dashboard.qualityIncomplete);
      if (before !== null && compared[index]) {
        const name = bucketName(compared[index], group, format);
        const year = compared[index].start.slice(0, 4);
        const dated = name.includes(year) ? name : `${name} ${year}`;
        const change = amount === null || partial ? null : changeText(amount, before, t, format);
        lines.push(
          `${dated}: ${format.quantity(before, utility.unit)}${change === null ? '' : ` (${change})`}`,
        );
      }
      return {
        label: bucketLabel(
          bucket,
          group,
          group === 'day' ? isLong : isManyYears,
          series.length,
          format,
        ),
        amount,
        compared: before,
        isEstimated: estimated,
        isMissing: partial || isMissing(bucket, utility.first_day, today),
        isToned: isToned && isWeekend(start),
        title: bucketName(bucket, group, format),
        lines,
      };
    });
  }, [utility.unit, utility.first_day, series, compared, group, today, t, format]);
}

/** How much more or less than before, where that can be told. */
function changeText(now: number, before: number, t: Texts, format: Format): string | null {
  if (before <= 0) return null;
  const percent = (now / before - 1) * 100;
  if (Math.abs(percent) < 0.05) return t.dashboard.same;
  const shown = format.percent(percent);
  return percent > 0 ? t.dashboard.more(shown) : t.dashboard.less(shown);
}
