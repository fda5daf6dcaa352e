import { todayIn, type Day } from '@/lib/days';

/** Moments (seconds since 1970-01-01 UTC) as the clock of a time zone shows them. */
export function createClock(locale: string, timeZone: string) {
  const make = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(locale, { ...options, timeZone });
    return (seconds: number): string => format.format(seconds * 1000);
  };
  const hour = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  return {
    time: make(hour),
    /** With the zone's short name, which tells the two passes of a repeated hour apart. */
    zoned: make({ ...hour, timeZoneName: 'short' }),
    date: make({ day: 'numeric', month: 'short' }),
    short: make({ day: 'numeric', month: 'short', ...hour }),
    month: make({ month: 'short', year: '2-digit' }),
    moment: make({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', ...hour }),
    day: (seconds: number): Day => todayIn(timeZone, new Date(seconds * 1000)),
  };
}

export type Clock = ReturnType<typeof createClock>;
