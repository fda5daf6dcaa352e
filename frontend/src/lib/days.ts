/** Calendar days as ISO texts (YYYY-MM-DD): a day is a day at the site, never a moment. */
export type Day = string;

const DAY_MS = 86_400_000;

export const toDate = (day: Day): Date => new Date(`${day}T00:00:00Z`);
export const fromDate = (date: Date): Day => date.toISOString().slice(0, 10);

export function isDay(text: string | null | undefined): text is Day {
  if (!text || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = toDate(text);
  return !Number.isNaN(date.getTime()) && fromDate(date) === text;
}

export const addDays = (day: Day, count: number): Day =>
  fromDate(new Date(toDate(day).getTime() + count * DAY_MS));

/** Days from `first` to `last`, both included. */
export const countDays = (first: Day, last: Day): number =>
  Math.round((toDate(last).getTime() - toDate(first).getTime()) / DAY_MS) + 1;

/** Moves by whole months and keeps the day of the month where it exists. */
export function addMonths(day: Day, count: number): Day {
  const date = toDate(day);
  const wanted = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + count);
  const length = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(wanted, length));
  return fromDate(date);
}

export const startOfMonth = (day: Day): Day => `${day.slice(0, 7)}-01`;
export const startOfYear = (day: Day): Day => `${day.slice(0, 4)}-01-01`;

export function startOfQuarter(day: Day): Day {
  const month = Math.floor((Number(day.slice(5, 7)) - 1) / 3) * 3 + 1;
  return `${day.slice(0, 4)}-${String(month).padStart(2, '0')}-01`;
}

/** ISO weeks: Monday first, as the server groups them. */
export function startOfWeek(day: Day): Day {
  const weekday = (toDate(day).getUTCDay() + 6) % 7;
  return addDays(day, -weekday);
}

export const isWeekend = (day: Day): boolean => [0, 6].includes(toDate(day).getUTCDay());

/** Today in a time zone. */
export function todayIn(timeZone: string, now: Date = new Date()): Day {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(now);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}`;
}
