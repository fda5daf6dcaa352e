'use client';

import {
  CategoryScale,
  Chart as ChartJs,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
  type ChartOptions,
} from 'chart.js';
import { useEffect, useMemo, useRef } from 'react';
import { Chart } from 'react-chartjs-2';

import { cssColor, useShownTheme } from '@/components/charts/colors';
import { handleOf, type ChartHandle } from '@/components/charts/handle';
import { bandMarkings } from '@/components/meter-data/band-paint';

ChartJs.register(
  CategoryScale,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
);

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

/** A line within the band that its values lie in. */
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
    () => optionsOf({ top, formatTick, tell, onActive }),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [top, formatTick, tell, onActive, theme],
  );
  useEffect(() => {
    const chart = ref.current;
    if (!chart) return;
    const element = active === null ? undefined : chart.getDatasetMeta(0).data[active];
    const shown = active === null || !element ? [] : [{ datasetIndex: 0, index: active, element }];
    chart.setActiveElements(shown);
    chart.tooltip?.setActiveElements(shown, { x: 0, y: 0 });
    chart.update('none');
  }, [active, data]);
  useEffect(() => {
    onReady?.(handleOf(() => ref.current as ChartJs<'bar' | 'line', Values, string> | null));
  }, [onReady]);
  return (
    <Chart ref={ref} type="line" data={data} options={options} plugins={PLUGINS} aria-hidden />
  );
}

function dataOf(band: Band, color: string) {
  const solid = cssColor(color);
  const edge = { borderWidth: 0, pointRadius: 0, pointHoverRadius: 0, pointHitRadius: 0 };
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
    pointHoverRadius: 4,
    pointHoverBackgroundColor: cssColor('--ink'),
    pointBackgroundColor: solid,
    fill: false,
  };
  return { labels: [...band.labels], datasets: [line, ...sides] };
}

const isAlone = (all: Band['middle'], index: number, value: number | null): boolean =>
  value !== null && (all[index - 1] ?? null) === null && (all[index + 1] ?? null) === null;

function optionsOf({
  top,
  formatTick,
  tell,
  onActive,
}: Pick<Props, 'top' | 'formatTick' | 'tell' | 'onActive'>): ChartOptions<'line'> {
  const family = getComputedStyle(document.body).fontFamily;
  const ticks = { color: cssColor('--muted'), font: { family, size: 12 } };
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    normalized: true,
    spanGaps: false,
    interaction: { mode: 'index', intersect: false },
    onHover: (event, found) =>
      onActive(event.type === 'mouseout' ? null : (found[0]?.index ?? null)),
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
    plugins: {
      legend: { display: false },
      tooltip: {
        animation: false,
        displayColors: false,
        backgroundColor: cssColor('--ink'),
        titleColor: cssColor('--canvas'),
        bodyColor: cssColor('--canvas'),
        titleFont: { family, size: 13, weight: 600 },
        bodyFont: { family, size: 13 },
        padding: 12,
        cornerRadius: 8,
        filter: (item) => item.datasetIndex === 0,
        callbacks: {
          title: (items) => tell(items[0]?.dataIndex ?? 0).title,
          label: (item) => [...tell(item.dataIndex).lines],
        },
      },
    },
  };
}
