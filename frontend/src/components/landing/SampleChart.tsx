import { useState } from 'react';

import { Change } from '@/components/common/Change';
import { LOOKS, UtilityIcon } from '@/components/common/utility';
import { SAMPLES, type Sample } from '@/components/landing/sample';
import { Segmented } from '@/components/ui/controls';
import { useFormat, useTexts } from '@/context/preferences';
import type { ConsumptionType } from '@/lib/api';
import { cn } from '@/lib/cn';
import { UTILITIES } from '@/lib/units';

const WIDTH = 600;
const HEIGHT = 240;
const GRID = [0, 0.25, 0.5, 0.75, 1];

/** The product itself, on invented numbers: choose a utility, point at a day. */
export function SampleChart() {
  const t = useTexts();
  const format = useFormat();
  const [type, setType] = useState<ConsumptionType>('electricity');
  const [day, setDay] = useState<number | null>(null);
  const sample = SAMPLES[type];
  const amount = day === null ? sample.total : (sample.now[day] ?? null);
  const title = t.dashboard.chartTitle(t.utility[type], t.dashboard.groups.day);
  return (
    <section aria-label={title} className="card p-5 sm:p-7">
      <div className="flex flex-wrap items-center gap-3">
        <UtilityIcon type={type} />
        <h2 className="font-medium">{title}</h2>
        <Change isIncomplete={false} percent={sample.change} className="ml-auto" />
      </div>
      <p className="mt-4 flex h-11 items-baseline gap-1.5">
        <span className="text-4xl font-semibold tracking-tight">
          {amount === null ? t.dashboard.noData : format.number(amount)}
        </span>
        {amount !== null && <span className="text-muted">{sample.unit}</span>}
        <span className="ml-auto text-sm text-muted">
          {day === null
            ? format.day('2026-11-01', 'month')
            : format.day(`2026-11-${String(day + 1).padStart(2, '0')}`, 'weekday')}
        </span>
      </p>
      <Bars type={type} sample={sample} day={day} onDay={setDay} />
      <Segmented
        label={t.dashboard.cardsLabel}
        name="sample"
        value={type}
        options={UTILITIES.map((one) => ({ value: one, label: t.utility[one] }))}
        onChange={setType}
        isWide
        className="mt-5"
      />
      <p className="mt-3 text-sm text-muted">{t.landing.sampleNote}</p>
    </section>
  );
}

type BarsProps = {
  type: ConsumptionType;
  sample: Sample;
  day: number | null;
  onDay: (day: number | null) => void;
};

function Bars({ type, sample, day, onDay }: BarsProps) {
  const { now, before, estimated } = sample;
  const step = WIDTH / before.length;
  const highest = Math.max(...before, ...now.map((one) => one ?? 0)) * 1.05;
  const y = (amount: number) => HEIGHT - (amount / highest) * HEIGHT;
  const line = before.map((amount, index) => `${(index + 0.5) * step},${y(amount)}`).join(' ');
  return (
    <svg
      aria-hidden
      viewBox={`-2 -2 ${WIDTH + 4} ${HEIGHT + 4}`}
      className={cn('mt-4 h-auto w-full', LOOKS[type].bar)}
      onPointerLeave={() => onDay(null)}
    >
      <defs>
        <pattern
          id="sample-hatch"
          width="6"
          height="6"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <rect width="3" height="6" fill="currentColor" />
        </pattern>
      </defs>
      {GRID.map((part) => (
        <path key={part} d={`M0 ${HEIGHT * part}h${WIDTH}`} stroke="var(--line)" />
      ))}
      {before.map((_, index) => {
        const amount = now[index];
        const left = index * step + step * 0.1;
        const size = { x: left, width: step * 0.8, rx: 2.5 };
        return (
          <g key={index} onPointerEnter={() => onDay(index < now.length ? index : null)}>
            <rect x={index * step} y={0} width={step} height={HEIGHT} fill="transparent" />
            {amount === null && (
              <rect
                {...size}
                y={0}
                height={HEIGHT}
                fill="none"
                stroke="var(--edge)"
                strokeDasharray="3 3"
                opacity={0.6}
              />
            )}
            {amount != null && (
              <rect
                {...size}
                y={y(amount)}
                height={HEIGHT - y(amount)}
                fill={
                  day === index
                    ? 'var(--ink)'
                    : estimated.includes(index)
                      ? 'url(#sample-hatch)'
                      : 'currentColor'
                }
                stroke={estimated.includes(index) ? 'currentColor' : 'none'}
              />
            )}
          </g>
        );
      })}
      <polyline
        points={line}
        fill="none"
        stroke="var(--muted)"
        strokeWidth="2"
        strokeDasharray="3 4"
        pointerEvents="none"
      />
    </svg>
  );
}
