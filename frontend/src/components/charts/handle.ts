import type { Chart } from 'chart.js';

import { cssColor } from '@/components/charts/colors';

type Drawn = Chart<'bar' | 'line', (number | null)[], string>;

/** What can be asked of a drawn chart. */
export type ChartHandle = {
  toPng: () => string;
  /** The bar at a distance from the left; the nearest one beside the drawing. */
  barAt: (x: number) => number;
  isInside: (x: number, y: number) => boolean;
  /** Left edge, width and vertical extent of the bars from one to another. */
  boxOf: (from: number, to: number) => { left: number; width: number; top: number; height: number };
};

export function handleOf(current: () => Drawn | null): ChartHandle {
  const place = () => {
    const chart = current();
    const area = chart?.chartArea ?? { left: 0, right: 0, top: 0, bottom: 0 };
    const count = Math.max(1, chart?.data.labels?.length ?? 1);
    return { area, count, step: (area.right - area.left) / count };
  };
  return {
    toPng: () => toPng(current()),
    barAt(x) {
      const { area, count, step } = place();
      return Math.min(count - 1, Math.max(0, Math.floor((x - area.left) / (step || 1))));
    },
    isInside(x, y) {
      const { area } = place();
      return area.left <= x && x <= area.right && area.top <= y && y <= area.bottom;
    },
    boxOf(from, to) {
      const { area, step } = place();
      const [first, last] = from < to ? [from, to] : [to, from];
      return {
        left: area.left + first * step,
        width: (last - first + 1) * step,
        top: area.top,
        height: area.bottom - area.top,
      };
    },
  };
}

function toPng(chart: Drawn | null): string {
  if (!chart) return '';
  const { canvas } = chart;
  const copy = document.createElement('canvas');
  copy.width = canvas.width;
  copy.height = canvas.height;
  const pen = copy.getContext('2d');
  if (!pen) return '';
  pen.fillStyle = cssColor('--surface');
  pen.fillRect(0, 0, copy.width, copy.height);
  pen.drawImage(canvas, 0, 0);
  return copy.toDataURL('image/png');
}
