import { CircleCheck } from 'lucide-react';
import type { ReactNode } from 'react';

import { isPartial } from '@/components/charts/buckets';
import { inOrder, missingDays, utilityKey } from '@/components/dashboard/choose';
import {
  Estimated,
  High,
  Incomplete,
  isWithoutData,
  meanBelowHigh,
  Missing,
  NoData,
} from '@/components/dashboard/look-items';
import { DialDue, SteadyFlow } from '@/components/dashboard/meter-items';
import { useWatch, type Watch } from '@/components/dashboard/use-watch';
import { useFormat } from '@/context/preferences';
import { useLookTexts } from '@/hooks/look-texts';
import type { Day } from '@/lib/days';
import type { ShownAnalytics, ShownUtility } from '@/lib/display-units';
import type { Span } from '@/lib/periods';
import { unitName } from '@/lib/units';

type Props = { data: ShownAnalytics; onLook: (span: Span, at: Day) => void };

/** What is missing, unusual or due, each with its one action; when it was used; the averages. */
export default function WorthALook({ data, onLook }: Props) {
  const t = useLookTexts();
  const watch = useWatch(data);
  const utilities = inOrder(data.utilities);
  // All at once: what arrives one by one would move what is read.
  if (!watch.isReady) return <div className="min-h-40 xl:min-h-[30rem]" aria-busy="true" />;
  const items = [
    ...watch.flows.map((one) => (
      <SteadyFlow key={`f${one.meter.id}`} {...one} today={data.today} />
    )),
    ...utilities.flatMap((utility) => itemsOf(utility, data, watch, onLook)),
    ...watch.dials.map((meter) => (
      <DialDue key={`d${meter.id}`} meter={meter} today={data.today} />
    )),
  ];
  const isEmpty = utilities.every((one) => one.total === null);
  return (
    <div className="p-5 lg:p-6">
      <section aria-labelledby="worth-a-look">
        <h2 id="worth-a-look" className="mb-3 font-semibold">
          {t.look.title}
        </h2>
        {items.length > 0 ? (
          <ul className="flex flex-col gap-4">{items}</ul>
        ) : isEmpty ? (
          <p className="text-muted">{t.look.nothingYet}</p>
        ) : (
          <p className="flex gap-2 text-muted">
            <CircleCheck aria-hidden className="mt-0.5 size-5 shrink-0 text-ok" />
            {t.look.nothing}
          </p>
        )}
      </section>
      {!isEmpty && <Averages utilities={utilities} />}
    </div>
  );
}

function itemsOf(
  utility: ShownUtility,
  data: ShownAnalytics,
  watch: Watch,
  onLook: Props['onLook'],
): ReactNode[] {
  const key = utilityKey(utility);
  const props = { utility, data };
  if (isWithoutData(utility, data)) {
    const isDue = watch.dials.some((one) => one.consumption_type === utility.consumption_type);
    return isDue ? [] : [<NoData key={`n${key}`} {...props} />];
  }
  const isPart = utility.series.some((one) => isPartial(one, data.group_by, data.today));
  const meters = watch.meters.filter((one) => one.consumption_type === utility.consumption_type);
  // Use between two reads is always a share, and the days since the last one come with the next.
  const isDial = meters.length > 0 && meters.every((one) => one.source === 'register');
  return [
    missingDays(data, utility) > 0 && !isDial && <Missing key={`m${key}`} {...props} />,
    isPart && <Incomplete key={`i${key}`} {...props} meters={meters} />,
    meanBelowHigh(utility) !== null && <High key={`h${key}`} {...props} onLook={onLook} />,
    utility.series.some((one) => one.estimated) && !isDial && (
      <Estimated key={`e${key}`} {...props} meters={meters} />
    ),
  ].filter(Boolean);
}

function Averages({ utilities }: { utilities: readonly ShownUtility[] }) {
  const t = useLookTexts();
  const format = useFormat();
  return (
    <section aria-labelledby="averages" className="mt-7">
      <h2 id="averages" className="mb-1 font-semibold">
        {t.look.averagesTitle}
      </h2>
      <dl className="text-[0.9375rem]">
        {utilities.map((utility) => (
          <div
            key={utilityKey(utility)}
            className="flex items-baseline justify-between gap-4 border-t border-line py-2 first:border-0"
          >
            <dt className="text-muted">{t.utility[utility.consumption_type]}</dt>
            <dd className="text-right">
              {utility.average_per_day === null ? (
                t.dashboard.noData
              ) : (
                <>
                  <span className="font-medium">{format.number(utility.average_per_day)}</span>{' '}
                  <span className="text-muted">{t.look.perDay(unitName(utility.unit))}</span>
                </>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
