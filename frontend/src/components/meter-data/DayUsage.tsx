import { useQuery } from '@tanstack/react-query';
import { ChevronLeft, ChevronRight } from 'lucide-react';

import { Legend } from '@/components/charts/Legend';
import { EmptyState } from '@/components/common/EmptyState';
import { QueryPanel } from '@/components/common/QueryPanel';
import { DayChart } from '@/components/meter-data/DayChart';
import { DayTable } from '@/components/meter-data/DayTable';
import { dayPoints } from '@/components/meter-data/day-points';
import { Trail } from '@/components/meter-data/Trail';
import { useMeterView } from '@/components/meter-data/use-meter-view';
import { Button } from '@/components/ui/Button';
import { Segmented } from '@/components/ui/controls';
import { Skeleton } from '@/components/ui/Skeleton';
import { seriesOptions } from '@/hooks/meter-data';
import { oneOf, useUrlState } from '@/hooks/url-state';
import type { MeterOut, SeriesOut } from '@/lib/api';
import { addDays, type Day } from '@/lib/days';
import { unitName } from '@/lib/units';

const STEPS = ['raw', 'hour'] as const;
/** A day by the minute is the most there can be. */
const MAX_POINTS = 1_500;

type Props = { meter: MeterOut; day: Day; onLook: (span: string, day: Day) => void };

/** One local day of a meter, by its intervals or by the hour. */
export function DayUsage({ meter, day, onLook }: Props) {
  const { t, unit } = useMeterView(meter);
  const { params, change } = useUrlState();
  const step = oneOf(params.get('by'), STEPS, 'raw');
  const query = useQuery(
    seriesOptions(meter.id, { from: day, to: day, resolution: step, max_points: MAX_POINTS }),
  );
  const move = (days: number) => onLook('day', addDays(day, days));
  return (
    <section className="card p-5 lg:p-6" aria-labelledby="usage">
      <div className="mb-1 flex flex-wrap items-center justify-between gap-3">
        <h2 id="usage" className="font-semibold">
          {t.meters.usageTitle}{' '}
          <span className="ml-1 font-normal text-muted">{unitName(unit)}</span>
        </h2>
        <div className="flex flex-wrap items-center gap-2.5">
          <Segmented
            label={t.meterData.stepLabel}
            name="day-step"
            value={step}
            options={STEPS.map((one) => ({ value: one, label: t.meterData.steps[one] }))}
            onChange={(next) => change({ by: next === 'raw' ? null : next })}
          />
          <div className="flex gap-2.5">
            <Button size="icon" aria-label={t.meterData.dayBefore} onClick={() => move(-1)}>
              <ChevronLeft aria-hidden className="size-5" />
            </Button>
            <Button size="icon" aria-label={t.meterData.dayAfter} onClick={() => move(1)}>
              <ChevronRight aria-hidden className="size-5" />
            </Button>
          </div>
        </div>
      </div>
      <Trail span="day" at={day} onLook={onLook} />
      <QueryPanel
        query={query}
        skeleton={<Skeleton className="h-[24rem]" />}
        isEmpty={(data) => data.amount.every((amount) => amount === null)}
        empty={
          <EmptyState title={t.meterData.emptyDayTitle} text={t.meterData.emptyDayText}>
            <Button onClick={() => onLook('month', day)}>{t.dashboard.spans.month}</Button>
          </EmptyState>
        }
      >
        {(data) => <DayView data={data} meter={meter} onLook={onLook} />}
      </QueryPanel>
    </section>
  );
}

type ViewProps = Pick<Props, 'meter' | 'onLook'> & { data: SeriesOut };

function DayView({ data, meter, onLook }: ViewProps) {
  const view = useMeterView(meter);
  const { t, format } = view;
  const day = data.date_from;
  const points = dayPoints(data, view);
  const total = data.amount.reduce<number>((sum, amount) => sum + (amount ?? 0), 0);
  const hours = hoursOf(data);
  return (
    <>
      <div className="mb-2 flex flex-wrap items-center gap-x-4">
        <p className="text-sm text-muted">
          {t.meterData.dayTotal(view.quantity(total))}
          {hours !== null && hours !== 24 && (
            <> · {t.meterData.clockDay(format.number(hours, 1))}</>
          )}
        </p>
        <Legend
          type={meter.consumption_type}
          hasCompared={false}
          hasEstimated={points.some((one) => one.isEstimated)}
          hasMissing={points.some((one) => one.isMissing)}
        />
      </div>
      <DayChart
        points={points}
        meter={meter}
        name={format.day(day, 'long')}
        onPage={(direction) => onLook('day', addDays(day, direction))}
        onEscape={() => onLook('month', day)}
      />
      <details className="mt-4">
        <summary className="w-fit text-sm text-muted">{t.dashboard.showTable}</summary>
        <div className="mt-3">
          <DayTable caption={format.day(day, 'long')} data={data} view={view} />
        </div>
      </details>
    </>
  );
}

/** How long the day is, by its evenly spaced intervals; null when there is only one. */
function hoursOf({ start }: SeriesOut): number | null {
  if (!start || start.length < 2) return null;
  const step = (start[1] ?? 0) - (start[0] ?? 0);
  return (step * start.length) / 3600;
}
