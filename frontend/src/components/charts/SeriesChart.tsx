'use client';

import {
  BarController,
  BarElement,
  CategoryScale,
  Chart as ChartJs,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
  type ActiveElement,
  type ChartData,
  type ChartOptions,
} from 'chart.js';
import { useEffect, useMemo, useRef } from 'react';
import { Chart } from 'react-chartjs-2';

import { cssColor, useShownTheme } from '@/components/charts/colors';
import { handleOf, type ChartHandle } from '@/components/charts/handle';
import { hatch, markings } from '@/components/charts/paint';

ChartJs.register(
  BarController,
  BarElement,
  CategoryScale,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
);

export type SeriesPoint = {
  label: string;
  amount: number | null;
  compared: number | null;
  isEstimated: boolean;
  isMissing: boolean;
  isToned: boolean;
  /** Head and lines of the tooltip. */
  title: string;
  lines: readonly string[];
};

type Props = {
  points: readonly SeriesPoint[];
  color: string;
  dash: number[];
  active: number | null;
  formatTick: (value: number) => string;
  onActive: (index: number | null) => void;
  onReady: (handle: ChartHandle) => void;
};

const PLUGINS = [markings];
// A canvas does not inherit.
const fontFamily = (): string => getComputedStyle(document.body).fontFamily;

/** Bars with a line to compare with. Knows how to draw; what it means is UsageChart's. */
export default function SeriesChart(props: Props) {
  const { points, color, dash, active, formatTick, onActive, onReady } = props;
  const theme = useShownTheme();
  const ref = useRef<ChartJs<'bar' | 'line', (number | null)[], string>>(null);
  const data = useMemo(
    (): ChartData<'bar' | 'line', (number | null)[], string> => dataOf(points, color, dash),
    // The colours of a theme are read from the page, which `theme` says has changed.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [points, color, dash, theme],
  );
  const options = useMemo(
    () => optionsOf(points, formatTick, onActive),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [points, formatTick, onActive, theme],
  );

  useEffect(() => {
    const chart = ref.current;
    if (!chart) return;
    const element = active === null ? undefined : chart.getDatasetMeta(0).data[active];
    const shown: ActiveElement[] =
      active === null || !element ? [] : [{ datasetIndex: 0, index: active, element }];
    chart.setActiveElements(shown);
    chart.tooltip?.setActiveElements(shown, { x: 0, y: 0 });
    chart.draw();
  }, [active, data]);

  useEffect(() => {
    onReady(handleOf(() => ref.current));
  }, [onReady]);

  return <Chart ref={ref} type="bar" data={data} options={options} plugins={PLUGINS} aria-hidden />;
}

function dataOf(points: readonly SeriesPoint[], color: string, dash: number[]) {
  const solid = cssColor(color);
  const pattern = hatch(solid, cssColor('--surface'));
  return {
    labels: points.map((point) => point.label),
    datasets: [
      {
        type: 'bar' as const,
        data: points.map((point) => point.amount),
        marked: points,
        backgroundColor: points.map((point) => (point.isEstimated ? pattern : solid)),
        hoverBackgroundColor: cssColor('--ink'),
        borderColor: solid,
        borderWidth: points.map((point) => (point.isEstimated ? 1 : 0)),
        borderRadius: 3,
        maxBarThickness: 64,
        categoryPercentage: 0.9,
        barPercentage: 0.9,
        order: 2,
      },
      {
        type: 'line' as const,
        data: points.map((point) => point.compared),
        borderColor: cssColor('--muted'),
        borderWidth: 1.75,
        borderDash: dash,
        pointRadius: points.length <= 12 ? 2 : 0,
        pointBackgroundColor: cssColor('--muted'),
        pointHitRadius: 0,
        order: 1,
      },
    ],
  };
}

function optionsOf(
  points: readonly SeriesPoint[],
  formatTick: (value: number) => string,
  onActive: (index: number | null) => void,
): ChartOptions<'bar' | 'line'> {
  const muted = cssColor('--muted');
  const family = fontFamily();
  const font = { family, size: 12 };
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    normalized: true,
    interaction: { mode: 'index', intersect: false },
    onHover: (event, found) => {
      onActive(event.type === 'mouseout' ? null : (found[0]?.index ?? null));
      const target = event.native?.target as HTMLElement | undefined;
      if (target) target.style.cursor = found.length > 0 ? 'pointer' : 'default';
    },
    scales: {
      x: {
        grid: { display: false },
        border: { display: false },
        ticks: { color: muted, font, maxRotation: 0, autoSkipPadding: 12 },
      },
      y: {
        beginAtZero: true,
        border: { display: false },
        grid: { color: cssColor('--line') },
        ticks: {
          color: muted,
          font,
          maxTicksLimit: 6,
          callback: (value) => formatTick(Number(value)),
        },
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
          title: (items) => points[items[0]?.dataIndex ?? -1]?.title ?? '',
          label: (item) => [...(points[item.dataIndex]?.lines ?? [])],
        },
      },
    },
  };
}
