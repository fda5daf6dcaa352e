'use client';

import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import dynamic from 'next/dynamic';

import { PageHeader } from '@/components/common/PageHeader';
import { QueryPanel } from '@/components/common/QueryPanel';
import { hourlyMeter, shownDays } from '@/components/dashboard/choose';
import { LatestRecords } from '@/components/dashboard/LatestRecords';
import { MainChart } from '@/components/dashboard/MainChart';
import { MainChartSkeleton, CardsSkeleton } from '@/components/dashboard/skeletons';
import { UtilityCards } from '@/components/dashboard/UtilityCards';
import { useView } from '@/components/dashboard/use-view';
import { spanName, ViewControls } from '@/components/dashboard/ViewControls';
import { ButtonLink } from '@/components/ui/Button';
import { useFormat, useTexts } from '@/context/preferences';
import { useSession } from '@/context/session';
import { useShownAnalytics } from '@/hooks/analytics';
import { recordListOptions } from '@/hooks/consumption';
import { meterListOptions } from '@/hooks/meters';
import { paths } from '@/lib/paths';

const LOOK_SKELETON = <div className="min-h-40 xl:min-h-[30rem]" />;
// The figures come first.
const WorthALook = dynamic(() => import('@/components/dashboard/WorthALook'), {
  ssr: false,
  loading: () => LOOK_SKELETON,
});
const FirstRun = dynamic(() => import('@/components/dashboard/FirstRun'), {
  ssr: false,
  loading: () => <CardsSkeleton />,
});
const WhenUsed = dynamic(() => import('@/components/dashboard/WhenUsed'), {
  ssr: false,
  loading: () => <div className="card min-h-[17.5rem] xl:mt-5" />,
});

/** How much, is it normal, when, and what is missing. */
export function Dashboard() {
  const t = useTexts();
  const format = useFormat();
  const { mayWrite } = useSession();
  const { view, look } = useView();
  const { first, last } = view.range;
  const analytics = useShownAnalytics({
    date_from: first,
    date_to: last,
    group_by: view.group,
    ...(view.compare === 'none' ? {} : { compare: view.compare }),
  });
  const latest = useQuery(recordListOptions({ per_page: 5 }));

  const meters = useQuery(meterListOptions());
  const hourly = analytics.data && hourlyMeter(analytics.data, view.utility, meters.data ?? []);
  // What comes above is known: nothing is pushed down while it is read. Fetched, be it in vain:
  // a part that comes and goes with a failing query would ask again each time it comes.
  const isSettled = !analytics.isPending && meters.isFetched;
  // One thing failed, so one panel says it.
  const isFailed = analytics.isError && !analytics.data;
  const hasRecords = latest.data?.pagination.total_items !== 0;
  if (!hasRecords && analytics.data?.utilities.every((one) => one.first_day === null)) {
    return <FirstRun />;
  }
  return (
    <>
      <PageHeader title={t.dashboard.title} isSticky>
        <p className="hidden font-medium print:block">{spanName(view, t, format)}</p>
        <ViewControls view={view} look={look} />
        {mayWrite && (
          <ButtonLink
            href={paths.addConsumption()}
            variant="primary"
            aria-label={t.common.addConsumption}
            className="max-md:fixed max-md:right-5 max-md:bottom-24 max-md:z-20 max-md:size-14 max-md:rounded-full max-md:px-0 max-md:shadow-lg"
            data-no-print
          >
            <Plus aria-hidden className="size-5 md:size-4" />
            <span className="max-md:sr-only">{t.common.add}</span>
          </ButtonLink>
        )}
      </PageHeader>
      <QueryPanel query={analytics} skeleton={<CardsSkeleton />}>
        {(data) => <UtilityCards data={data} view={view} onChange={look.change} />}
      </QueryPanel>
      {!isFailed && (
        <div className="mt-5 grid grid-cols-1 items-start gap-x-5 gap-y-5 xl:gap-y-0 xl:grid-cols-[minmax(0,2.2fr)_minmax(18rem,1fr)] xl:grid-rows-[auto_1fr]">
          <QueryPanel query={analytics} className="card min-w-0" skeleton={<MainChartSkeleton />}>
            {(data) => <MainChart data={data} view={view} look={look} />}
          </QueryPanel>
          <QueryPanel query={analytics} className="card xl:row-span-2" skeleton={LOOK_SKELETON}>
            {(data) => <WorthALook data={data} onLook={look.span} />}
          </QueryPanel>
          {hourly && analytics.data && (
            <WhenUsed key={hourly.id} meter={hourly} {...shownDays(analytics.data)} />
          )}
        </div>
      )}
      {hasRecords && isSettled && <LatestRecords query={latest} />}
    </>
  );
}
