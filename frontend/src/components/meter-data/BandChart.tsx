'use client';

import {
  CategoryScale,
  Chart as ChartJs,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  type ChartOptions,
} from 'chart.js';
import { useEffect, useMemo, useRef, type PointerEvent } from 'react';
import { Chart } from 'react-chartjs-2';

import { cssColor, useShownTheme } from '@/components/charts/colors';
import { handleOf, type ChartHandle } from '@/components/charts/handle';
import { bandMarkings } from '@/components/meter-data/band-paint';
import { PointedAt } from '@/components/meter-data/PointedAt';

ChartJs.register(CategoryScale, Filler, LinearScale, LineController, LineElement, PointElement);

/** Columns of equal length. */
export type Band = {
  labels: readonly string[];
  middle: readonly (number | null)[];
  low: readonly (number | null)[] | null;
  high: readonly (number | null)[] | null;
  isEstimated: readonly boolean[] | null;
  /** Whether nothing is a gap: it is not where the future has not come yet. */
  isMissing: readonly boolean[] | null;
};

type Props = {
  band: Band;
  color: string;
  /** The middle of another series, dashed. */
  compared?: readonly (number | null)[] | undefined;
  active: number | null;
  /** The highest value of the axis where charts side by side share one. */
  top?: number | undefined;
  formatTick: (value: number) => string;
  /** Head and lines of the tooltip. */
  tell: (index: number) => { title: string; lines: readonly string[] };
  onActive: (index: number | null) => void;
  onReady?: (handle: ChartHandle) => void;
};

const PLUGINS = [bandMarkings];
type Values = (number | null)[];

/**
 * A line within the band that its values lie in. What is pointed at stands over the drawing, which
 * so many points make too dear to draw again with every move of a hand.
 */
export default function BandChart(props: Props) {
  const { band, color, active, top, formatTick, tell, onActive, onReady } = props;
  const theme = useShownTheme();
  const ref = useRef<ChartJs<'line', Values, string>>(null);
  const data = useMemo(
    () => dataOf(band, color),
    // The colours of a theme are read from the page, which `theme` says has changed.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [band, color, theme],
  );
  const options = useMemo(
    () => optionsOf({ top, formatTick }),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [top, formatTick, theme],
  );
  const drawing = useMemo(
    () => (
      <Chart ref={ref} type="line" data={data} options={options} plugins={PLUGINS} aria-hidden />
    ),
    [data, options],
  );
  useEffect(() => {
    onReady?.(handleOf(() => ref.current as ChartJs<'bar' | 'line', Values, string> | null));
  }, [onReady]);
  const onPointerMove = ({ currentTarget, clientX, clientY }: PointerEvent<HTMLElement>) => {
    const box = currentTarget.getBoundingClientRect();
    onActive(ref.current && indexAt(ref.current, clientX - box.left, clientY - box.top));
  };
  return (
    <div className="relative size-full" onPointerMove={onPointerMove}>
      {drawing}
      {active !== null && <PointedAt chart={ref} index={active} data={data} {...tell(active)} />}
    </div>
  );
}

/** The column under a place in the drawing; null beside it. */
function indexAt(chart: ChartJs<'line', Values, string>, x: number, y: number): number | null {
  const { left, right, top, bottom } = chart.chartArea;
  if (x < left || right < x || y < top || bottom < y) return null;
  return chart.scales.x?.getValueForPixel(x) ?? null;
}

function dataOf(band: Band, color: string) {
  const solid = cssColor(color);
  const edge = { borderWidth: 0, pointRadius: 0 };
  const shade = `color-mix(in srgb, ${solid} 25%, transparent)`;
  const sides =
    band.low && band.high
      ? [
          { ...edge, data: [...band.high], fill: '+1', backgroundColor: shade },
          { ...edge, data: [...band.low], fill: false },
        ]
      : [];
  const line = {
    data: [...band.middle],
    marked: band,
    borderColor: solid,
    borderWidth: band.middle.length > 500 ? 1 : 2,
    borderJoinStyle: 'round' as const,
    // A value between two gaps has no line to be seen by.
    pointRadius: band.middle.map((value, index) => (isAlone(band.middle, index, value) ? 1.5 : 0)),
    pointBackgroundColor: solid,
    fill: false,
  };
  return { labels: [...band.labels], datasets: [line, ...sides] };
}

const isAlone = (all: Band['middle'], index: number, value: number | null): boolean =>
  value !== null && (all[index - 1] ?? null) === null && (all[index + 1] ?? null) === null;

function optionsOf({ top, formatTick }: Pick<Props, 'top' | 'formatTick'>): ChartOptions<'line'> {
  const family = getComputedStyle(document.body).fontFamily;
  const ticks = { color: cssColor('--muted'), font: { family, size: 12 } };
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    normalized: true,
    spanGaps: false,
    events: [],
    scales: {
      x: {
        grid: { display: false },
        border: { display: false },
        ticks: { ...ticks, maxRotation: 0, autoSkipPadding: 24 },
      },
      y: {
        beginAtZero: true,
        ...(top === undefined ? {} : { max: top }),
        border: { display: false },
        grid: { color: cssColor('--line') },
        ticks: { ...ticks, maxTicksLimit: 6, callback: (value) => formatTick(Number(value)) },
      },
    },
    plugins: { legend: { display: false }, tooltip: { enabled: false } },
  };
}
