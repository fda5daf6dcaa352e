import { useQueries, useQuery } from '@tanstack/react-query';

import { steadyFlow, type Flow } from '@/components/dashboard/flow';
import { profileOptions } from '@/hooks/meter-data';
import { meterListOptions } from '@/hooks/meters';
import type { MeterOut } from '@/lib/api';
import { addDays, countDays, type Day } from '@/lib/days';
import type { ShownAnalytics } from '@/lib/display-units';

const DAYS_WATCHED = 14;
/** As many meters as are looked at for a leak: each is a question of its own. */
const MOST_WATCHED = 4;
/** For how many days a dial may go unread. */
const READ_WITHIN = 7;

export type Watch = {
  isReady: boolean;
  meters: readonly MeterOut[];
  flows: readonly { meter: MeterOut; flow: Flow }[];
  dials: readonly MeterOut[];
};

/** What the meters themselves have to say at the moment; only where the range reaches today. */
export function useWatch(data: ShownAnalytics): Watch {
  const isNow = data.date_from <= data.today && data.today <= data.date_to;
  const list = useQuery(meterListOptions());
  const meters = (list.data ?? []).filter((meter) => !meter.archived_at);
  const from = addDays(data.today, 1 - DAYS_WATCHED);
  const watched = isNow ? meters.filter((meter) => mayLeak(meter, from)) : [];
  const flows = useQueries({
    queries: watched
      .slice(0, MOST_WATCHED)
      .map((meter) => profileOptions(meter.id, { from, to: data.today })),
    combine: (all) => ({
      isPending: all.some((one) => one.isPending),
      found: all.flatMap(({ data: profile }) => {
        const meter = watched.find((one) => one.id === profile?.meter_id);
        const flow = profile && steadyFlow(profile);
        return meter && flow ? [{ meter, flow }] : [];
      }),
    }),
  });
  return {
    isReady: !list.isPending && !flows.isPending,
    meters,
    flows: flows.found,
    dials: isNow ? meters.filter((meter) => isUnread(meter, data.today)) : [],
  };
}

const mayLeak = (meter: MeterOut, from: Day): boolean =>
  meter.consumption_type === 'water' &&
  meter.source === 'intervals' &&
  meter.direction === 'import' &&
  meter.last_day !== null &&
  from <= meter.last_day;

const isUnread = ({ source, last_day: last }: MeterOut, today: Day): boolean =>
  source === 'register' && last !== null && countDays(last, today) - 1 > READ_WITHIN;
