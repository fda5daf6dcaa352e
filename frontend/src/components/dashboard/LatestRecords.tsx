import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { Pencil } from 'lucide-react';
import { Link } from '@/components/ui/Link';

import { Quantity } from '@/components/common/Quantity';
import { QueryPanel } from '@/components/common/QueryPanel';
import { UtilityBadge } from '@/components/common/utility';
import { ButtonLink } from '@/components/ui/Button';
import { Skeleton } from '@/components/ui/Skeleton';
import { useFormat, useTexts } from '@/context/preferences';
import { useSession } from '@/context/session';
import { meterListOptions } from '@/hooks/meters';
import type { ConsumptionList } from '@/lib/api';
import { paths } from '@/lib/paths';

export function LatestRecords({ query }: { query: UseQueryResult<ConsumptionList> }) {
  const t = useTexts();
  const format = useFormat();
  const { mayWrite } = useSession();
  const { data: meters = [] } = useQuery(meterListOptions());
  const nameOf = (id: number) => meters.find((meter) => meter.id === id)?.name;
  return (
    <section className="card mt-5 p-5 lg:p-6" aria-labelledby="latest">
      <div className="mb-3 flex items-center justify-between gap-4">
        <h2 id="latest" className="font-semibold">
          {t.dashboard.latestTitle}
        </h2>
        <Link href={paths.consumption()} className="link text-[0.9375rem]">
          {t.dashboard.allRecords}
        </Link>
      </div>
      <QueryPanel query={query} skeleton={<Skeleton className="h-60" />}>
        {({ items }) => (
          <ul>
            {items.map((record) => (
              <li
                key={record.id}
                className="flex min-h-14 items-center gap-x-4 border-t border-line py-1.5 max-[380px]:gap-x-2 max-[380px]:text-sm sm:min-h-12"
              >
                <span className="w-24 shrink-0 max-[380px]:w-[5.5rem] sm:w-40">
                  {record.period_start && record.period_start !== record.consumption_date
                    ? format.range(record.period_start, record.consumption_date)
                    : format.day(record.consumption_date)}
                  <span className="block truncate text-sm text-muted sm:hidden">
                    {nameOf(record.meter_id)}
                  </span>
                </span>
                <span className="shrink-0 sm:w-32">
                  <UtilityBadge type={record.consumption_type} />
                </span>
                <span className="hidden min-w-0 flex-1 truncate sm:block">
                  {nameOf(record.meter_id)}
                </span>
                <span className="hidden min-w-0 flex-1 truncate text-muted lg:block">
                  {record.description}
                </span>
                <span className="ml-auto text-right">
                  <Quantity amount={record.amount} unit={record.unit} isExact />
                </span>
                {mayWrite && (
                  <ButtonLink
                    href={paths.editConsumption(record.id)}
                    variant="quiet"
                    size="icon"
                    className="max-sm:hidden"
                    aria-label={`${t.common.edit}: ${t.utility[record.consumption_type]}, ${format.day(record.consumption_date)}`}
                  >
                    <Pencil aria-hidden className="size-4" />
                  </ButtonLink>
                )}
              </li>
            ))}
          </ul>
        )}
      </QueryPanel>
    </section>
  );
}
