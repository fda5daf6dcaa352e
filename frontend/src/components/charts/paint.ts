import type { Plugin } from 'chart.js';

import { cssColor } from '@/components/charts/colors';

export type Marked = { isMissing: boolean; isToned: boolean };

/** What a dataset carries along for the markings. */
export type MarkedSet = { marked: readonly Marked[] };

const TILE = 8;

/** Diagonal stripes: what is estimated is told by its pattern, not by colour alone. */
export function hatch(color: string, background: string): CanvasPattern | string {
  const tile = document.createElement('canvas');
  tile.width = TILE;
  tile.height = TILE;
  const pen = tile.getContext('2d');
  if (!pen) return color;
  pen.fillStyle = background;
  pen.fillRect(0, 0, TILE, TILE);
  pen.strokeStyle = color;
  pen.lineWidth = 3;
  pen.beginPath();
  for (const offset of [-TILE, 0, TILE]) {
    pen.moveTo(offset - 1, TILE + 1);
    pen.lineTo(offset + TILE + 1, -1);
  }
  pen.stroke();
  return pen.createPattern(tile, 'repeat') ?? color;
}

/** Behind the bars: a tone for weekends, an outline where data is missing. */
export const markings: Plugin<'bar' | 'line'> = {
  id: 'markings',
  beforeDatasetsDraw({ ctx, chartArea, scales, data }) {
    const axis = scales.x;
    const all = (data.datasets[0] as Partial<MarkedSet> | undefined)?.marked ?? [];
    if (!axis || all.length === 0) return;
    const step = chartArea.width / all.length;
    const { top, height } = chartArea;
    ctx.save();
    ctx.fillStyle = cssColor('--raised');
    ctx.strokeStyle = cssColor('--edge');
    ctx.setLineDash([3, 3]);
    all.forEach(({ isMissing, isToned }, index) => {
      const left = axis.getPixelForValue(index) - step / 2;
      if (isToned) {
        ctx.globalAlpha = 0.7;
        ctx.fillRect(left, top, step, height);
      }
      if (isMissing) {
        ctx.globalAlpha = 0.65;
        ctx.strokeRect(left + step * 0.1, top + 0.5, step * 0.8, height - 1);
      }
    });
    ctx.restore();
  },
};
