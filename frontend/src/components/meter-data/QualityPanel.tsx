import { useQuery } from '@tanstack/react-query';

import { EmptyState } from '@/components/common/EmptyState';
import { QueryPanel } from '@/components/common/QueryPanel';
import { DayLink } from '@/components/meter-data/DayLink';
import { Suspicions } from '@/components/meter-data/Suspicions';
import { useMeterView } from '@/components/meter-data/use-meter-view';
import { Skeleton } from '@/components/ui/Skeleton';
import { qualityOptions } from '@/hooks/meter-data';
import type { MeterOut, QualityOut } from '@/lib/api';

/** How complete and how plausible a meter's intervals are, with what can be done about it. */
export function QualityPanel({ meter }: { meter: MeterOut }) {
  const { t } = useMeterView(meter);
  const query = useQuery(qualityOptions(meter.id));
  return (
    <section className="card p-5 lg:p-6" aria-labelledby="quality">
      <h2 id="quality" className="mb-3 font-semibold">
        {t.meterData.qualityTitle}
      </h2>
      <QueryPanel
        query={query}
        skeleton={<Skeleton className="h-[24rem]" />}
        isEmpty={(data) => data.expected === 0}
        empty={
          <EmptyState title={t.meterData.qualityEmptyTitle} text={t.meterData.qualityEmptyText} />
        }
      >
        {(data) => <Findings data={data} meter={meter} />}
      </QueryPanel>
    </section>
  );
}

function Findings({ data, meter }: { data: QualityOut; meter: MeterOut }) {
  const { t } = useMeterView(meter);
  return (
    <>
      <Coverage data={data} meter={meter} />
      <h3 className="mt-6 mb-1 font-semibold">{t.meterData.suspicious}</h3>
      <Suspicions data={data} meter={meter} />
      <div className="mt-6 grid gap-6 lg:grid-cols-2">
        <Gaps data={data} meter={meter} />
        <EstimatedDays data={data} meter={meter} />
      </div>
    </>
  );
}

type Props = { data: QualityOut; meter: MeterOut };

function Coverage({ data, meter }: Props) {
  const { t, format } = useMeterView(meter);
  const share = (data.coverage ?? 0) * 100;
  // What is not whole is never rounded up to 100 %.
  const shown = share < 100 ? Math.min(share, 99.99) : share;
  return (
    <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
      <p className="text-3xl font-semibold">
        {format.number(Math.floor(shown * 100) / 100, 2)} %
        <span className="sr-only"> {t.meterData.coverage}</span>
      </p>
      <p className="text-muted">
        {t.meterData.measuredOf(format.number(data.measured, 0), format.number(data.expected, 0))}
        {data.date_from && data.date_to && <> · {format.range(data.date_from, data.date_to)}</>}
      </p>
      <div aria-hidden className="h-2.5 w-full overflow-hidden rounded-full bg-raised">
        <div className="h-full rounded-full bg-ok" style={{ width: `${shown}%` }} />
      </div>
    </div>
  );
}

function Gaps({ data, meter }: Props) {
  const { t, format, clockOf } = useMeterView(meter);
  const clock = clockOf(data.time_zone);
  const seconds = (iso: string) => Date.parse(iso) / 1000;
  return (
    <div>
      <h3 className="mb-1 font-semibold">{t.meterData.gaps}</h3>
      {data.gaps.length === 0 && <p className="text-muted">{t.meterData.gapsNone}</p>}
      <ul className="max-h-80 overflow-y-auto">
        {data.gaps.map((gap) => (
          <li
            key={gap.start}
            className="flex min-h-11 flex-wrap items-center justify-between gap-x-4 border-t border-line py-1.5 first:border-0"
          >
            <DayLink day={clock.day(seconds(gap.start))}>
              {clock.moment(seconds(gap.start))} – {clock.moment(seconds(gap.end))}
            </DayLink>
            <span className="text-sm text-muted">
              {t.meterData.intervals(gap.intervals, format.number(gap.intervals, 0))}
            </span>
          </li>
        ))}
      </ul>
      <More shown={data.gaps.length} total={data.gap_count} meter={meter} />
    </div>
  );
}

function EstimatedDays({ data, meter }: Props) {
  const { t, format } = useMeterView(meter);
  return (
    <div>
      <h3 className="mb-1 font-semibold">{t.meterData.estimated}</h3>
      {data.estimated_days.length === 0 && (
        <p className="text-muted">{t.meterData.estimatedNone}</p>
      )}
      <ul className="flex max-h-80 flex-wrap gap-x-4 overflow-y-auto">
        {data.estimated_days.map((day) => (
          <li key={day}>
            <DayLink day={day}>{format.day(day, 'medium')}</DayLink>
          </li>
        ))}
      </ul>
    </div>
  );
}

export function More({ shown, total, meter }: { shown: number; total: number; meter: MeterOut }) {
  const { t, format } = useMeterView(meter);
  if (shown >= total) return null;
  return (
    <p className="mt-2 text-sm text-muted">
      {t.meterData.firstOf(format.number(shown, 0), format.number(total, 0))}
    </p>
  );
}
