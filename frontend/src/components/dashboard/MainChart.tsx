import { useQuery } from '@tanstack/react-query';
import { Maximize2, Table } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useCallback, useMemo, useRef, useState } from 'react';

import { csvRows, trimmedStart } from '@/components/charts/buckets';
import { ChartDownloads } from '@/components/charts/ChartDownloads';
import { ChartTable } from '@/components/charts/ChartTable';
import type { ChartHandle } from '@/components/charts/handle';
import { Legend, marksOf, yearNames } from '@/components/charts/Legend';
import { UsageChart } from '@/components/charts/UsageChart';
import { EmptyState } from '@/components/common/EmptyState';
import { chosenUtility, isKnownByHour } from '@/components/dashboard/choose';
import { Breadcrumb, GroupSelect } from '@/components/dashboard/ChartTools';
import type { Look, View } from '@/components/dashboard/use-view';
import { spanName } from '@/components/dashboard/ViewControls';
import { Button, ButtonLink } from '@/components/ui/Button';
import { useFormat, useTexts } from '@/context/preferences';
import { meterListOptions } from '@/hooks/meters';
import type { BucketOut, MeterOut } from '@/lib/api';
import type { ShownAnalytics } from '@/lib/display-units';
import { paths } from '@/lib/paths';
import { rangeOf, slide, spanInside } from '@/lib/periods';
import { unitName } from '@/lib/units';

const NO_METERS: MeterOut[] = [];

type Props = {
  data: ShownAnalytics;
  view: View;
  look: Look;
};

export function MainChart({ data, view, look }: Props) {
  const t = useTexts();
  const format = useFormat();
  const router = useRouter();
  const drawn = useRef<ChartHandle | null>(null);
  const [isTable, setTable] = useState(false);
  const utility = chosenUtility(data, view.utility);
  const { data: meters = NO_METERS } = useQuery(meterListOptions());
  const group = data.group_by;

  const { series, compared } = useMemo(() => {
    const all = utility?.series ?? [];
    const skipped = view.span === 'years' && !view.isFree ? trimmedStart(all) : 0;
    return {
      series: all.slice(skipped),
      // Without anything to compare with, an empty line would only be a riddle in the legend.
      compared: utility?.comparison?.total == null ? [] : utility.comparison.series.slice(skipped),
    };
  }, [utility, view.span, view.isFree]);

  const type = utility?.consumption_type;
  const open = useCallback(
    (bucket: BucketOut) => {
      const inside = spanInside(group);
      const byHour = meters.find(
        (meter) => utility && isKnownByHour(meter, utility, bucket.start, bucket.end),
      );
      if (inside) look.span(inside, bucket.start);
      else if (byHour) router.push(paths.meter(byHour.id, null, bucket.start));
      else
        router.push(
          paths.consumption({
            consumption_type: type,
            date_from: bucket.start,
            date_to: bucket.end,
          }),
        );
    },
    [group, look, meters, router, type, utility],
  );
  const keep = useCallback((handle: ChartHandle) => {
    drawn.current = handle;
  }, []);
  const zoom = (from: BucketOut, to: BucketOut) => look.range({ first: from.start, last: to.end });
  const pan = (buckets: number) => {
    const next = slide(view.range, group, buckets);
    if (next.first <= view.today) look.range(next);
  };

  if (!utility || utility.total === null) {
    return (
      <div className="grid min-h-[30rem] grid-rows-[1fr_auto] p-5 lg:p-6">
        <EmptyState title={t.dashboard.emptyChartTitle} text={t.dashboard.emptyChartText}>
          <ButtonLink
            href={paths.addConsumption({
              date: view.range.first <= view.today ? view.range.first : view.today,
            })}
          >
            {t.common.add}
          </ButtonLink>
        </EmptyState>
        <Breadcrumb view={view} onLook={look.span} />
      </div>
    );
  }

  const title = t.dashboard.chartTitle(
    t.utility[utility.consumption_type],
    t.dashboard.groups[group],
  );
  const whole = rangeOf(view.span, view.at);
  const fileName = `${utility.consumption_type}-${data.date_from}-${data.date_to}`;
  return (
    <section aria-label={title} className="p-5 lg:p-6">
      <div className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-2">
        <h2 className="font-semibold">
          {title} <span className="ml-1 font-normal text-muted">{unitName(utility.unit)}</span>
        </h2>
        <Legend
          type={utility.consumption_type}
          names={yearNames(data, utility.comparison)}
          {...marksOf(utility, series, compared, group, data.today)}
        />
      </div>
      <UsageChart
        utility={utility}
        series={series}
        compared={compared}
        group={group}
        today={data.today}
        onOpen={open}
        onReady={keep}
        onZoom={zoom}
        onPan={pan}
        onReset={view.isFree ? () => look.range(null) : undefined}
      />
      <p className="mt-1 hidden text-right text-xs text-muted lg:pointer-fine:block" data-no-print>
        {t.dashboard.dragHint}
      </p>
      <div className="mt-4 flex flex-wrap items-center gap-2" data-no-print>
        {view.isFree && (
          <Button size="sm" onClick={() => look.range(null)}>
            <Maximize2 aria-hidden className="size-4" />
            {t.dashboard.whole(spanName({ ...view, isFree: false, range: whole }, t, format))}
          </Button>
        )}
        <Breadcrumb view={view} onLook={look.span} />
        <span className="flex-1" />
        <GroupSelect view={view} group={group} onChange={look.change} />
        <Button
          size="sm"
          aria-expanded={isTable}
          aria-label={isTable ? t.dashboard.hideTable : t.dashboard.showTable}
          title={isTable ? t.dashboard.hideTable : t.dashboard.showTable}
          onClick={() => setTable(!isTable)}
        >
          <Table aria-hidden className="size-4" />
        </Button>
        <ChartDownloads
          fileName={fileName}
          handle={drawn}
          rows={() => csvRows(utility.unit, series, compared)}
        />
      </div>
      {isTable && (
        <div className="mt-4">
          <ChartTable
            caption={`${title}, ${spanName(view, t, format)}`}
            unit={utility.unit}
            group={group}
            series={series}
            compared={compared}
          />
        </div>
      )}
    </section>
  );
}
