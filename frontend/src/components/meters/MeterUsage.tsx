import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useCallback, useRef } from 'react';

import { csvRows, trimmedStart } from '@/components/charts/buckets';
import { ChartDownloads } from '@/components/charts/ChartDownloads';
import { ChartTable } from '@/components/charts/ChartTable';
import type { ChartHandle } from '@/components/charts/handle';
import { Legend, marksOf, yearNames } from '@/components/charts/Legend';
import { UsageChart } from '@/components/charts/UsageChart';
import { EmptyState } from '@/components/common/EmptyState';
import { QueryPanel } from '@/components/common/QueryPanel';
import { DayUsage } from '@/components/meter-data/DayUsage';
import { Trail } from '@/components/meter-data/Trail';
import { Button } from '@/components/ui/Button';
import { Segmented } from '@/components/ui/controls';
import { Skeleton } from '@/components/ui/Skeleton';
import { usePreferences } from '@/context/preferences';
import { useAppPreferences } from '@/hooks/app-texts';
import { useShownAnalytics } from '@/hooks/analytics';
import { oneOf, useUrlState } from '@/hooks/url-state';
import type { BucketOut, MeterOut } from '@/lib/api';
import { isDay, todayIn } from '@/lib/days';
import { shownIn, type ShownAnalytics } from '@/lib/display-units';
import { paths } from '@/lib/paths';
import { DEFAULT_GROUP, rangeOf, shift, spanInside, type Span } from '@/lib/periods';
import { unitName } from '@/lib/units';

const SPANS = ['month', 'year', 'years'] as const satisfies readonly Span[];

/** One meter's use, from years down to days, and from there to its intervals or its records. */
export function MeterUsage({ meter }: { meter: MeterOut }) {
  const { timeZone } = usePreferences();
  const { params, change } = useUrlState();
  const wanted = params.get('at');
  const at = isDay(wanted) ? wanted : (meter.last_day ?? todayIn(timeZone));
  const look = useCallback(
    (span: string, day: string) => change({ span, at: day, by: null }),
    [change],
  );
  const isOneDay = params.get('span') === 'day' && meter.source === 'intervals';
  const Shown = isOneDay ? DayUsage : PeriodUsage;
  return <Shown meter={meter} day={at} onLook={look} />;
}

type Props = { meter: MeterOut; day: string; onLook: (span: string, day: string) => void };

function PeriodUsage({ meter, day: at, onLook: look }: Props) {
  const { texts: t, preferences, timeZone } = useAppPreferences();
  const today = todayIn(timeZone);
  const { params } = useUrlState();
  const span = oneOf(params.get('span'), SPANS, 'year');
  const { first, last } = rangeOf(span, at);
  const query = useShownAnalytics({
    date_from: first,
    date_to: last,
    group_by: DEFAULT_GROUP[span],
    meter_id: meter.id,
    compare: 'last_year',
  });
  return (
    <section className="card p-5 lg:p-6" aria-labelledby="usage">
      <div className="mb-1 flex flex-wrap items-center justify-between gap-3">
        <h2 id="usage" className="font-semibold">
          {t.meters.usageTitle}{' '}
          <span className="ml-1 font-normal text-muted">
            {unitName(shownIn(preferences.units, meter.consumption_type, meter.unit).unit)}
          </span>
        </h2>
        <div className="flex flex-wrap items-center gap-2.5" data-no-print>
          <Segmented
            label={t.dashboard.spanLabel}
            name="meter-span"
            value={span}
            options={SPANS.map((one) => ({ value: one, label: t.dashboard.spans[one] }))}
            onChange={(next) => look(next, at)}
          />
          {span !== 'years' && (
            <div className="flex gap-2.5">
              <Button
                size="icon"
                aria-label={t.dashboard.earlier}
                onClick={() => look(span, shift(span, at, -1))}
              >
                <ChevronLeft aria-hidden className="size-5" />
              </Button>
              <Button
                size="icon"
                aria-label={t.dashboard.later}
                disabled={last >= today}
                onClick={() => look(span, shift(span, at, 1))}
              >
                <ChevronRight aria-hidden className="size-5" />
              </Button>
            </div>
          )}
        </div>
      </div>
      <Trail span={span} at={at} onLook={look} />
      <QueryPanel
        query={query}
        skeleton={<Skeleton className="h-[24rem]" />}
        isEmpty={(data) => !data.utilities.some((one) => one.total !== null)}
        empty={<EmptyState title={t.dashboard.emptyChartTitle} text={t.dashboard.emptyChartText} />}
      >
        {(data) => <Chart data={data} meter={meter} onLook={look} />}
      </QueryPanel>
    </section>
  );
}

type ChartProps = {
  data: ShownAnalytics;
  meter: MeterOut;
  onLook: (span: string, day: string) => void;
};

function Chart({ data, meter, onLook }: ChartProps) {
  const { texts: t } = useAppPreferences();
  const drawn = useRef<ChartHandle | null>(null);
  const keep = useCallback((handle: ChartHandle) => {
    drawn.current = handle;
  }, []);
  const router = useRouter();
  const utility = data.utilities.find((one) => one.total !== null);
  const group = data.group_by;
  const open = useCallback(
    (bucket: BucketOut) => {
      const inside = spanInside(group);
      if (inside) onLook(inside, bucket.start);
      else if (meter.source === 'intervals') onLook('day', bucket.start);
      else
        router.push(
          paths.consumption({ meter_id: meter.id, date_from: bucket.start, date_to: bucket.end }),
        );
    },
    [group, meter.id, meter.source, onLook, router],
  );
  if (!utility) return null;
  const skipped = group === 'year' ? trimmedStart(utility.series) : 0;
  const series = utility.series.slice(skipped);
  const compared =
    utility.comparison?.total == null ? [] : utility.comparison.series.slice(skipped);
  return (
    <>
      <Legend
        type={utility.consumption_type}
        names={yearNames(data, utility.comparison)}
        {...marksOf(utility, series, compared, group, data.today)}
      />
      <UsageChart
        utility={utility}
        series={series}
        compared={compared}
        group={group}
        today={data.today}
        onOpen={open}
        onReady={keep}
      />
      <div className="mt-4 flex flex-wrap items-start gap-2">
        <details className="min-w-0 flex-1">
          <summary className="w-fit py-2 text-sm text-muted">{t.dashboard.showTable}</summary>
          <div className="mt-3">
            <ChartTable
              caption={meter.name}
              unit={utility.unit}
              group={group}
              series={series}
              compared={compared}
            />
          </div>
        </details>
        <ChartDownloads
          fileName={`${meter.name}-${data.date_from}-${data.date_to}`}
          handle={drawn}
          rows={() => csvRows(utility.unit, series, compared)}
        />
      </div>
    </>
  );
}
