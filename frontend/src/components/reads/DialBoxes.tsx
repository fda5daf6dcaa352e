import { cn } from '@/lib/cn';

type Props = { value: number | null; digits: number | null };

const MOST_DECIMALS = 4;
const BOX =
  'grid h-8 w-6 place-items-center rounded-[5px] border font-mono font-semibold tabular-nums';

/** The typed value as it stands on the dial, to be compared with it at a glance. */
export function DialBoxes({ value, digits }: Props) {
  if (digits === null) return null;
  const [whole = '', decimals = ''] = String(value ?? '').split('.');
  if (whole.length > digits || whole.includes('e')) return null;
  const padding = digits - whole.length;
  return (
    <span aria-hidden className="flex flex-wrap gap-1">
      {[...whole.padStart(digits, '0')].map((digit, place) => (
        <span
          key={place}
          className={cn(BOX, 'border-edge bg-surface', place < padding ? 'text-muted' : 'text-ink')}
        >
          {digit}
        </span>
      ))}
      {[...decimals.slice(0, MOST_DECIMALS)].map((digit, place) => (
        <span
          key={digits + place}
          className={cn(BOX, 'border-danger/40 bg-danger-soft text-danger')}
        >
          {digit}
        </span>
      ))}
    </span>
  );
}
