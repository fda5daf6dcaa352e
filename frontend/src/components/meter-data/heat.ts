import { addDays, countDays, type Day } from '@/lib/days';

export const HOURS = 24;
export const hourName = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;
const ROOMY_PX = 5;
export type Scale = { low: number; high: number };
export type Grid = { days: readonly Day[]; hours: readonly (readonly (number | null)[] | null)[] };

/** Every calendar day between the first and the last has its column; null where it has no data. */
export function gridOf(
  first: Day,
  last: Day,
  days: readonly Day[],
  hours: readonly (readonly (number | null)[])[],
): Grid {
  const known = new Map(days.map((day, index) => [day, hours[index] ?? null]));
  const all = Array.from({ length: countDays(first, last) }, (_, index) => addDays(first, index));
  return { days: all, hours: all.map((day) => known.get(day) ?? null) };
}

/** The 2nd and the 98th percentile: one spike does not wash out all the rest. */
export function scaleOf(grid: Grid): Scale {
  const values = grid.hours
    .flatMap((day) => day ?? [])
    .filter((value): value is number => value !== null)
    .sort((a, b) => a - b);
  const at = (share: number) => values[Math.round(share * (values.length - 1))] ?? 0;
  return { low: at(0.02), high: at(0.98) };
}

/** How strong a value's tone is, from 0.08 to 1; what has data is never as pale as a gap. */
export function toneOf(value: number, { low, high }: Scale): number {
  const share = high > low ? (value - low) / (high - low) : 0.5;
  return 0.08 + 0.92 * Math.min(1, Math.max(0, share));
}

/** Draws a grid into a box; a missing hour stays empty and has an outline at its edges. */
export function paintHeat(
  pen: CanvasRenderingContext2D,
  grid: Grid,
  scale: Scale,
  size: { width: number; height: number },
  colors: { fill: string; edge: string },
): void {
  const [w, h] = [size.width / grid.days.length, size.height / HOURS];
  // Few days leave room to tell one cell from the next.
  const space = w >= ROOMY_PX && h >= ROOMY_PX ? 1 : 0;
  pen.clearRect(0, 0, size.width, size.height);
  grid.hours.forEach((day, column) => {
    const left = Math.floor(column * w);
    const width = Math.max(1, Math.floor((column + 1) * w) - left - space);
    for (let hour = 0; hour < HOURS; hour += 1) {
      const value = day?.[hour] ?? null;
      const top = Math.floor(hour * h);
      const height = Math.max(1, Math.floor((hour + 1) * h) - top - space);
      pen.globalAlpha = value === null ? 0.5 : toneOf(value, scale);
      pen.fillStyle = value === null ? colors.edge : colors.fill;
      if (value !== null) pen.fillRect(left, top, width, height);
      else pen.fillRect(left, top, width, 1);
    }
  });
  pen.globalAlpha = 1;
}
