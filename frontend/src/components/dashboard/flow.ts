import type { ProfileOut } from '@/lib/api';
import { countDays, type Day } from '@/lib/days';

const LEAST_HOURS = 48;

export type Flow = { since: Day; hours: number; least: number; total: number };

/**
 * Water that has not stood still for an hour: a pipe or a cistern that leaks. Null unless it has
 * lasted for two days up to the last hour that is known.
 */
export function steadyFlow({ days, hours }: Pick<ProfileOut, 'days' | 'hours'>): Flow | null {
  const found: Flow = { since: '', hours: 0, least: Infinity, total: 0 };
  let unknown = 0;
  for (let index = days.length - 1; index >= 0; index -= 1) {
    const [day, next] = [days[index] ?? '', days[index + 1]];
    if (next !== undefined && found.hours > 0 && countDays(day, next) > 2) break;
    for (let hour = 23; hour >= 0; hour -= 1) {
      const value = hours[index]?.[hour] ?? null;
      // The clock may skip an hour; two in a row without a value are a gap.
      if (value === null && found.hours > 0 && (unknown += 1) > 1) return known(found);
      if (value === null) continue;
      if (value <= 0) return known(found);
      unknown = 0;
      found.since = day;
      found.hours += 1;
      found.least = Math.min(found.least, value);
      found.total += value;
    }
  }
  return known(found);
}

const known = (flow: Flow): Flow | null => (flow.hours >= LEAST_HOURS ? flow : null);
