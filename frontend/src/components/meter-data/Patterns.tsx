import { useQuery } from '@tanstack/react-query';

import { EmptyState } from '@/components/common/EmptyState';
import { QueryPanel } from '@/components/common/QueryPanel';
import { HeatMap } from '@/components/meter-data/HeatMap';
import { LoadCurve } from '@/components/meter-data/LoadCurve';
import { LoadProfile } from '@/components/meter-data/LoadProfile';
import { useMeterView } from '@/components/meter-data/use-meter-view';
import { Skeleton } from '@/components/ui/Skeleton';
import { profileOptions } from '@/hooks/meter-data';
import { useUrlState } from '@/hooks/url-state';
import type { MeterOut, ProfileOut } from '@/lib/api';
import type { Day } from '@/lib/days';
import { unitName } from '@/lib/units';

/** What only a meter with intervals has to show: its curve, its hours and its typical days. */
export function Patterns({ meter }: { meter: MeterOut }) {
  const { t, unit } = useMeterView(meter);
  const { change } = useUrlState();
  const query = useQuery(profileOptions(meter.id));
  const look = (span: string, day: Day) => {
    change({ span, at: day, by: null });
    document.getElementById('usage')?.scrollIntoView({ block: 'center' });
  };
  const isEmpty = (data: ProfileOut) => data.days.length === 0;
  const empty = (
    <EmptyState title={t.meterData.profileEmptyTitle} text={t.meterData.profileEmptyText} />
  );
  const perHour = t.meterData.heatUnit(unitName(unit));
  return (
    <div className="mt-5 flex flex-col gap-5">
      <LoadCurve meter={meter} onLook={look} />
      <section className="card p-5 lg:p-6" aria-labelledby="heat-map">
        <h2 id="heat-map" className="mb-3 font-semibold">
          {t.meterData.heatTitle} <span className="ml-1 font-normal text-muted">{perHour}</span>
        </h2>
        <QueryPanel
          query={query}
          skeleton={<Skeleton className="h-72" />}
          isEmpty={isEmpty}
          empty={empty}
        >
          {(data) => <HeatMap data={data} meter={meter} onOpen={(day) => look('day', day)} />}
        </QueryPanel>
      </section>
      <section className="card p-5 lg:p-6" aria-labelledby="load-profile">
        <h2 id="load-profile" className="mb-3 font-semibold">
          {t.meterData.profileTitle} <span className="ml-1 font-normal text-muted">{perHour}</span>
        </h2>
        <QueryPanel
          query={query}
          skeleton={<Skeleton className="h-64" />}
          isEmpty={isEmpty}
          empty={empty}
        >
          {(data) => <LoadProfile data={data} meter={meter} />}
        </QueryPanel>
      </section>
    </div>
  );
}
