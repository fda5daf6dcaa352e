/** Wall times ("2026-03-01T18:00") in a zone, as a date and time field has them. */
function wallOf(instant: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(instant);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}:${part('second')}`;
}

/** The wall time of an instant, to the minute. */
export const toWall = (iso: string, timeZone: string): string =>
  wallOf(new Date(iso), timeZone).slice(0, 16);

/**
 * The instant of a wall time; null when the text is none. A repeated hour is its first
 * occurrence, a skipped one as many minutes after the clock change.
 */
export function fromWall(wall: string, timeZone: string): string | null {
  const asUtc = Date.parse(`${wall}Z`);
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(wall) || Number.isNaN(asUtc)) return null;
  const offsetAt = (time: number) =>
    Date.parse(`${wallOf(new Date(time), timeZone)}Z`) - Math.floor(time / 1000) * 1000;
  const before = offsetAt(asUtc - 86_400_000);
  const after = offsetAt(asUtc + 86_400_000);
  const fits = [before, after].map((offset) => asUtc - offset);
  const found = fits.find((time) => offsetAt(time) === asUtc - time) ?? asUtc - before;
  return new Date(found).toISOString();
}
