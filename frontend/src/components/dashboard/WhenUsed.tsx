import { useQuery } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';

import { HeatMap } from '@/components/meter-data/HeatMap';
import { useLookTexts } from '@/hooks/look-texts';
import { profileOptions } from '@/hooks/meter-data';
import type { MeterOut } from '@/lib/api';
import { addDays, type Day } from '@/lib/days';
import { paths } from '@/lib/paths';

const MOST_DAYS = 366;

type Props = { meter: MeterOut; first: Day; last: Day };

/** The hours of the days on screen, as a meter knows them. */
export default function WhenUsed({ meter, first, last }: Props) {
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
