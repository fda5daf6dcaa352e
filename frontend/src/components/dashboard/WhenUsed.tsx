import { useQuery } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';

import { chosenUtility, isKnownByHour } from '@/components/dashboard/choose';
import type { View } from '@/components/dashboard/use-view';
import { HeatMap } from '@/components/meter-data/HeatMap';
import { useLookTexts } from '@/hooks/look-texts';
import { profileOptions } from '@/hooks/meter-data';
import { meterListOptions } from '@/hooks/meters';
import type { MeterOut } from '@/lib/api';
import { addDays, type Day } from '@/lib/days';
import type { ShownAnalytics } from '@/lib/display-units';
import { paths } from '@/lib/paths';

const MOST_DAYS = 366;

/** The hours of the days on screen, where a meter knows them. */
export default function WhenUsed({ data, view }: { data: ShownAnalytics; view: View }) {
  const { data: meters = [] } = useQuery(meterListOptions());
  const utility = chosenUtility(data, view.utility);
  const last = data.date_to < data.today ? data.date_to : data.today;
  const meter = utility && meters.find((one) => isKnownByHour(one, utility, data.date_from, last));
  return meter ? <Hours key={meter.id} meter={meter} first={data.date_from} last={last} /> : null;
}

type HoursProps = { meter: MeterOut; first: Day; last: Day };

function Hours({ meter, first, last }: HoursProps) {
  const t = useLookTexts();
  const router = useRouter();
  const earliest = addDays(last, 1 - MOST_DAYS);
  const query = useQuery(
    profileOptions(meter.id, { from: first < earliest ? earliest : first, to: last }),
  );
  if (query.error || query.data?.days.length === 0) return null;
  return (
    <section aria-labelledby="when-used" className="card min-w-0 p-5 lg:p-6 xl:mt-5">
      <div className="mb-3 flex flex-wrap items-baseline gap-x-2">
        <h2 id="when-used" className="font-semibold">
          {t.look.whenTitle}
        </h2>
        <span className="text-muted">{meter.name}</span>
        <span className="ml-auto text-sm text-muted">{t.look.whenNote}</span>
      </div>
      <div className="min-h-[12.5rem]">
        {query.data && (
          <HeatMap
            data={query.data}
            meter={meter}
            isSmall
            onOpen={(day) => router.push(paths.meter(meter.id, null, day))}
          />
        )}
      </div>
    </section>
  );
}
