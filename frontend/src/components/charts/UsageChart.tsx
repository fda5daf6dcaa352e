'use client';

import dynamic from 'next/dynamic';
import { useCallback, useEffect, useMemo, useState, type KeyboardEvent } from 'react';

import { bucketLabel, bucketName } from '@/components/charts/buckets';
import type { SeriesPoint } from '@/components/charts/SeriesChart';
import { LOOKS } from '@/components/common/utility';
import { Skeleton } from '@/components/ui/Skeleton';
import { useFormat, useTexts } from '@/context/preferences';
import type { BucketOut, GroupBy, UtilityOut } from '@/lib/api';
import { isWeekend, type Day } from '@/lib/days';

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
  onReady: (toPng: () => string) => void;
};

/** A utility's use over time: what each bar means, and how it is walked with the keyboard. */
export function UsageChart({ utility, series, compared, group, today, onOpen, onReady }: Props) {
  const t = useTexts();
  const format = useFormat();
  const [active, setActive] = useState<number | null>(null);
  const points = usePoints({ utility, series, compared, group, today });
  const look = LOOKS[utility.consumption_type];

  useEffect(preloadChart, []);
  const open = useCallback(
    (index: number) => {
      const bucket = series[index];
      if (bucket) onOpen(bucket);
    },
    [series, onOpen],
  );
  const formatTick = useCallback((value: number) => format.number(value, 3), [format]);

  const onKeyDown = (event: KeyboardEvent) => {
    const last = series.length - 1;
    const from = active ?? (event.key === 'ArrowLeft' ? last + 1 : -1);
    const moves: Record<string, number> = {
      ArrowRight: Math.min(last, from + 1),
      ArrowLeft: Math.max(0, from - 1),
      Home: 0,
      End: last,
    };
    const next = moves[event.key];
    if (next !== undefined) setActive(next);
    else if (event.key === 'Enter' && active !== null) open(active);
    else if (event.key === 'Escape') setActive(null);
    else return;
    event.preventDefault();
  };

  const point = active === null ? null : points[active];
  return (
    <>
      {/* A chart is walked with arrow keys like an editor, which is what this role is for. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div
        role="application"
        aria-label={`${t.utility[utility.consumption_type]} ${t.dashboard.groups[group]}. ${t.dashboard.chartHelp}`}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onBlur={() => setActive(null)}
        onPointerLeave={() => setActive(null)}
        className="relative h-[20rem] w-full min-w-0 overflow-hidden xl:h-[24rem]"
      >
        <SeriesChart
          points={points}
          color={look.fill}
          dash={look.dash}
          active={active}
          formatTick={formatTick}
          onActive={setActive}
          onOpen={open}
          onReady={onReady}
        />
      </div>
      <p aria-live="polite" className="sr-only">
        {point && [point.title, ...point.lines].join('. ')}
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
    const isManyYears = series[0]?.start.slice(0, 4) !== series.at(-1)?.start.slice(0, 4);
    return series.map((bucket, index): SeriesPoint => {
      const { amount, estimated, end, start } = bucket;
      const before = compared[index]?.amount ?? null;
      const lines = [amount === null ? t.dashboard.noData : format.quantity(amount, utility.unit)];
      if (estimated) lines.push(t.dashboard.qualityEstimated);
      if (before !== null && compared[index]) {
        lines.push(
          `${bucketName(compared[index], group, format)} ${compared[index].start.slice(0, 4)}: ${format.quantity(before, utility.unit)}`,
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
        isMissing: amount === null && end < today,
        isToned: group === 'day' && series.length <= 31 && isWeekend(start),
        title: bucketName(bucket, group, format),
        lines,
      };
    });
  }, [utility.unit, series, compared, group, today, t, format]);
}
