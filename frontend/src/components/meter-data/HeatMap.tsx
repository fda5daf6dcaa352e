import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';

import { cssColor, useShownTheme } from '@/components/charts/colors';
import { LOOKS } from '@/components/common/utility';
import { gridOf, HOURS, hourName, paintHeat, scaleOf } from '@/components/meter-data/heat';
import { HeatTable } from '@/components/meter-data/HeatTable';
import { useMeterView } from '@/components/meter-data/use-meter-view';
import type { MeterOut, ProfileOut } from '@/lib/api';
import { cn } from '@/lib/cn';
import type { Day } from '@/lib/days';

type Cell = { column: number; hour: number };
type Props = {
  data: ProfileOut;
  meter: MeterOut;
  /** Beside other things: lower, and without its table. */
  isSmall?: boolean;
  onOpen: (day: Day) => void;
};

const isSame = (a: Cell, b: Cell) => a.column === b.column && a.hour === b.hour;
const clamp = (value: number, last: number) => Math.min(last, Math.max(0, value));

/** Hours down, days across, one hue. */
export function HeatMap({ data, meter, isSmall = false, onOpen }: Props) {
  const { t, format, quantity } = useMeterView(meter);
  const [cell, setCell] = useState<Cell | null>(null);
  const theme = useShownTheme();
  const canvas = useRef<HTMLCanvasElement>(null);
  const { grid, scale } = useMemo(() => {
    const made = gridOf(data.date_from, data.date_to, data.days, data.hours);
    return { grid: made, scale: scaleOf(made) };
  }, [data]);
  const height = isSmall ? 'h-36' : 'h-60';
  const { fill, bar } = LOOKS[meter.consumption_type];

  useEffect(() => {
    const element = canvas.current;
    if (!element) return undefined;
    const draw = () => {
      const { width, height } = element.getBoundingClientRect();
      const ratio = window.devicePixelRatio || 1;
      element.width = width * ratio;
      element.height = height * ratio;
      const pen = element.getContext('2d');
      const size = { width: element.width, height: element.height };
      if (!pen || size.width === 0) return;
      paintHeat(pen, grid, scale, size, { fill: cssColor(fill), edge: cssColor('--edge') });
    };
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(element);
    return () => observer.disconnect();
  }, [grid, scale, fill, theme]);

  const dayStyle = isSmall ? 'short' : 'medium';
  const lastColumn = grid.days.length - 1;
  const cellAt = (event: PointerEvent<HTMLElement>): Cell => {
    const box = event.currentTarget.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * grid.days.length);
    const hour = Math.floor(((event.clientY - box.top) / box.height) * HOURS);
    return { column: clamp(column, lastColumn), hour: clamp(hour, HOURS - 1) };
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const at = cell ?? { column: lastColumn, hour: 0 };
    const steps: Record<string, Cell> = {
      ArrowRight: { ...at, column: at.column + 1 },
      ArrowLeft: { ...at, column: at.column - (cell ? 1 : 0) },
      ArrowDown: { ...at, hour: at.hour + 1 },
      ArrowUp: { ...at, hour: at.hour - 1 },
      Home: { ...at, column: 0 },
      End: { ...at, column: lastColumn },
    };
    const next = steps[event.key];
    const day = grid.days[at.column];
    if (next) setCell({ column: clamp(next.column, lastColumn), hour: clamp(next.hour, 23) });
    else if (event.key === 'Enter' && cell && day) onOpen(day);
    else if (event.key === 'Escape') setCell(null);
    else return;
    event.preventDefault();
  };
  const tell = ({ column, hour }: Cell) => {
    const value = grid.hours[column]?.[hour] ?? null;
    const name = `${format.day(grid.days[column] ?? data.date_from, 'weekday')}, ${hourName(hour)}`;
    return `${name}: ${value === null ? t.dashboard.noData : quantity(value)}`;
  };
  return (
    <>
      <div className="flex gap-2">
        <div aria-hidden className={cn('flex flex-col justify-between text-xs text-muted', height)}>
          {(isSmall ? [0, 12, 24] : [0, 6, 12, 18, 24]).map((hour) => (
            <span key={hour}>{hourName(hour)}</span>
          ))}
        </div>
        <div className="min-w-0 flex-1">
          {/* A drawing is walked with arrow keys like an editor, which is what this role is for. */}
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
          <div
            role="application"
            aria-label={`${t.meterData.heatTitle}. ${t.meterData.heatHelp}`}
            tabIndex={0}
            className={cn('relative cursor-pointer', height)}
            onKeyDown={onKeyDown}
            onBlur={() => setCell(null)}
            onPointerMove={(event) => {
              const next = cellAt(event);
              setCell((known) => (known && isSame(known, next) ? known : next));
            }}
            onPointerLeave={() => setCell(null)}
            onClick={() => {
              const day = cell && grid.days[cell.column];
              if (day) onOpen(day);
            }}
          >
            <canvas ref={canvas} aria-hidden className="size-full" />
            {cell && <Mark cell={cell} count={grid.days.length} text={tell(cell)} />}
          </div>
          <div aria-hidden className="mt-1 flex justify-between text-xs text-muted">
            <span>{format.day(data.date_from, dayStyle)}</span>
            <span>{format.day(data.date_to, dayStyle)}</span>
          </div>
        </div>
      </div>
      <p aria-live="polite" className="sr-only">
        {cell && tell(cell)}
      </p>
      <div className="mt-3 flex flex-wrap items-center gap-2 text-sm text-muted">
        <span>{t.meterData.heatLow(quantity(scale.low))}</span>
        <span
          aria-hidden
          className={`h-3 w-32 rounded-sm bg-linear-to-r from-current/8 to-current ${bar}`}
        />
        <span>{t.meterData.heatHigh(quantity(scale.high))}</span>
      </div>
      {!isSmall && <HeatTable data={data} meter={meter} />}
    </>
  );
}

function Mark({ cell, count, text }: { cell: Cell; count: number; text: string }) {
  const left = (cell.column / count) * 100;
  const isRight = left > 50;
  return (
    <>
      <span
        aria-hidden
        className="pointer-events-none absolute min-w-1 border-2 border-ink"
        style={{
          left: `${left}%`,
          top: `${(cell.hour / HOURS) * 100}%`,
          width: `${100 / count}%`,
          height: `${100 / HOURS}%`,
        }}
      />
      <span
        aria-hidden
        className="pointer-events-none absolute z-10 rounded-lg bg-ink px-3 py-2 text-sm whitespace-nowrap text-canvas"
        style={{
          ...(isRight ? { right: `${100 - left}%` } : { left: `${left + 100 / count}%` }),
          ...(cell.hour > 12 ? { bottom: '50%' } : { top: '50%' }),
        }}
      >
        {text}
      </span>
    </>
  );
}
