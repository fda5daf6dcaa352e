import type { Plugin } from 'chart.js';

import { cssColor } from '@/components/charts/colors';
import { hatch } from '@/components/charts/paint';
import type { Band } from '@/components/meter-data/BandChart';

const STRIP_PX = 7;

/** Runs of true as [first, last]. */
export function runsOf(flags: readonly boolean[]): [number, number][] {
  const runs: [number, number][] = [];
  flags.forEach((flag, index) => {
    const last = runs.at(-1);
    if (!flag) return;
    if (last && last[1] === index - 1) last[1] = index;
    else runs.push([index, index]);
  });
  return runs;
}

/** Gaps are outlined, and what is estimated has a hatched strip at the foot. */
export const bandMarkings: Plugin<'line'> = {
  id: 'bandMarkings',
  beforeDatasetsDraw({ ctx, chartArea, scales, data }) {
    const axis = scales.x;
    const band = (data.datasets[0] as { marked?: Band } | undefined)?.marked;
    if (!axis || !band) return;
    const { top, bottom, height, width } = chartArea;
    const step = width / Math.max(1, band.middle.length - 1);
    const leftOf = (index: number) => axis.getPixelForValue(index);
    ctx.save();
    ctx.strokeStyle = cssColor('--edge');
    ctx.setLineDash([3, 3]);
    for (const [first, last] of runsOf(band.isMissing ?? [])) {
      ctx.strokeRect(leftOf(first), top + 0.5, Math.max(2, (last - first) * step), height - 1);
    }
    ctx.fillStyle = hatch(cssColor('--muted'), cssColor('--surface'));
    for (const [first, last] of runsOf(band.isEstimated ?? [])) {
      const length = Math.max(2, (last - first + 1) * step);
      ctx.fillRect(leftOf(first), bottom - STRIP_PX, length, STRIP_PX);
    }
    ctx.restore();
  },
};
