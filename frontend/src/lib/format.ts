import { toDate, type Day } from '@/lib/days';
import { unitName } from '@/lib/units';

const cache = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

function numberFormat(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `n${locale}${JSON.stringify(options)}`;
  const known = cache.get(key) ?? new Intl.NumberFormat(locale, options);
  cache.set(key, known);
  return known as Intl.NumberFormat;
}

function dateFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `d${locale}${JSON.stringify(options)}`;
  const known = cache.get(key) ?? new Intl.DateTimeFormat(locale, options);
  cache.set(key, known);
  return known as Intl.DateTimeFormat;
}

/** Three or four digits that matter: totals are for reading, not for accounting. */
function digitsFor(amount: number): number {
  const size = Math.abs(amount);
  if (size >= 1000 || size === 0) return 0;
  if (size >= 100) return 1;
  if (size >= 0.1) return size >= 1 ? 2 : 3;
  return Math.min(9, 1 - Math.floor(Math.log10(size)));
}

const DAY_STYLES = {
  short: { day: 'numeric', month: 'short' },
  medium: { day: 'numeric', month: 'short', year: 'numeric' },
  weekday: { weekday: 'short', day: 'numeric', month: 'short' },
  weekdayLong: { weekday: 'long' },
  long: { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' },
  month: { month: 'long', year: 'numeric' },
  monthLong: { month: 'long' },
  dayMonth: { day: 'numeric', month: 'long' },
  monthShort: { month: 'short' },
  monthYear: { month: 'short', year: '2-digit' },
  number: { day: 'numeric' },
  year: { year: 'numeric' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

export type DayStyle = keyof typeof DAY_STYLES;

/** Numbers, amounts and dates as people write them in `locale`; moments in `timeZone`. */
export function createFormat(locale: string, timeZone: string) {
  const number = (value: number, digits?: number): string =>
    numberFormat(locale, {
      // Spanish leaves four digits without a mark; in columns that reads as a different size.
      useGrouping: 'always',
      maximumFractionDigits: digits ?? digitsFor(value),
      minimumFractionDigits: 0,
    } as Intl.NumberFormatOptions).format(value);

  const day = (value: Day, style: DayStyle = 'medium'): string =>
    dateFormat(locale, { ...DAY_STYLES[style], timeZone: 'UTC' }).format(toDate(value));

  return {
    locale,
    number,
    /** A recorded amount, exactly as it was typed (at most four decimals). */
    exact: (value: number): string => number(value, 4),
    quantity: (value: number, unit: string): string => `${number(value)} ${unitName(unit)}`,
    percent: (value: number): string =>
      numberFormat(locale, {
        style: 'percent',
        maximumFractionDigits: Math.abs(value) < 10 ? 1 : 0,
      }).format(Math.abs(value) / 100),
    day,
    range: (first: Day, last: Day): string =>
      first === last
        ? day(first)
        : dateFormat(locale, { ...DAY_STYLES.medium, timeZone: 'UTC' }).formatRange(
            toDate(first),
            toDate(last),
          ),
    moment: (iso: string): string =>
      dateFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(
        new Date(iso),
      ),
    bytes: (size: number): string =>
      size < 1000
        ? `${number(size, 0)} B`
        : size < 1_000_000
          ? `${number(size / 1000, 0)} kB`
          : `${number(size / 1_000_000, 1)} MB`,
  };
}

export type Format = ReturnType<typeof createFormat>;

/** Reads a number as typed in `locale`, or with a plain point; null when it is none. */
export function parseAmount(text: string, locale: string): number | null {
  const parts = numberFormat(locale, { useGrouping: true }).formatToParts(12345.6);
  const decimal = parts.find((part) => part.type === 'decimal')?.value ?? '.';
  const group = parts.find((part) => part.type === 'group')?.value ?? ',';
  let plain = text.trim().replace(/[\s\u00a0\u202f']/g, '');
  const isGrouped = new RegExp(`^\\d{1,3}(\\${group.trim() || ' '}\\d{3})+(\\${decimal}\\d+)?$`);
  if (isGrouped.test(plain)) plain = plain.split(group).join('');
  plain = decimal === ',' ? plain.replace(',', '.') : plain;
  return /^\d*\.?\d+$|^\d+\.$/.test(plain) ? Number(plain) : null;
}
