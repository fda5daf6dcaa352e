import { LOOKS } from '@/components/common/utility';
import type { BucketOut, ConsumptionType } from '@/lib/api';
import { cn } from '@/lib/cn';

const WIDTH = 140;
const HEIGHT = 40;
const MAX_BARS = 60;

/** The shape of a series at a glance; a bucket without data leaves its place free. */
export function Sparkline({
  type,
  series,
}: {
  type: ConsumptionType;
  series: readonly BucketOut[];
}) {
  const last = series.findLastIndex((bucket) => bucket.amount !== null);
  const shown = series.slice(0, last + 1).slice(-MAX_BARS);
  const highest = Math.max(0, ...shown.map((bucket) => bucket.amount ?? 0));
  const step = WIDTH / Math.max(shown.length, 7);
  const left = WIDTH - shown.length * step;
  return (
    <svg
      aria-hidden
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="xMaxYMax meet"
      className={cn('h-10 w-full max-w-35 min-w-0', LOOKS[type].bar)}
    >
      {shown.map(({ start, amount, estimated }, index) => {
        if (amount === null || highest === 0) return null;
        const height = Math.max(1.5, (amount / highest) * HEIGHT);
        return (
          <rect
            key={start}
            x={left + index * step + step * 0.1}
            y={HEIGHT - height}
            width={step * 0.8}
            height={height}
            rx={Math.min(1.5, step * 0.2)}
            fill="currentColor"
            opacity={estimated ? 0.45 : 0.9}
          />
        );
      })}
    </svg>
  );
}
