import { useQuery } from '@tanstack/react-query';
import dynamic from 'next/dynamic';
import { useCallback, useMemo, useRef } from 'react';

import type { ChartHandle } from '@/components/charts/handle';
import { EmptyState } from '@/components/common/EmptyState';
import { QueryPanel } from '@/components/common/QueryPanel';
import { LOOKS } from '@/components/common/utility';
import { bandOf, tellerOf } from '@/components/meter-data/band-of';
import { ChartFrame } from '@/components/meter-data/ChartFrame';
import { useMeterView } from '@/components/meter-data/use-meter-view';
import { Button } from '@/components/ui/Button';
import { Skeleton } from '@/components/ui/Skeleton';
import { seriesOptions } from '@/hooks/meter-data';
import { useUrlState } from '@/hooks/url-state';
import type { MeterOut, SeriesOut } from '@/lib/api';
import { addDays, addMonths, isDay, type Day } from '@/lib/days';
import { unitName } from '@/lib/units';

const BandChart = dynamic(() => import('@/components/meter-data/BandChart'), {
  ssr: false,
  loading: () => <Skeleton className="h-full" />,
});

const MAX_POINTS = 2_000;

/** The year that ends with a meter's last day. */
export function lastYearOf(last: Day): { from: Day; to: Day } {
  return { from: addDays(addMonths(last, -12), 1), to: last };
}

type Props = { meter: MeterOut; onLook: (span: string, day: Day) => void };

/** All intervals of a year as one curve; a part that is dragged over is asked for again, finer. */
export function LoadCurve({ meter, onLook }: Props) {
  const { t, unit } = useMeterView(meter);
  const { params, change } = useUrlState();
  const [from, to] = [params.get('from'), params.get('to')];
  const isZoomed = isDay(from) && isDay(to) && from <= to;
  const range = isZoomed ? { from, to } : lastYearOf(meter.last_day ?? '2000-01-01');
  const query = useQuery(seriesOptions(meter.id, { ...range, max_points: MAX_POINTS }));
  const reset = () => change({ from: null, to: null });
  const zoom = (first: Day, last: Day) =>
    first === last ? onLook('day', first) : change({ from: first, to: last });
  return (
    <section className="card p-5 lg:p-6" aria-labelledby="load-curve">
      <div className="mb-2 flex min-h-11 flex-wrap items-center justify-between gap-3">
        <h2 id="load-curve" className="font-semibold">
          {t.meterData.curveTitle}{' '}
          <span className="ml-1 font-normal text-muted">
            {t.meterData.curveUnit(unitName(unit))}
          </span>
        </h2>
        {isZoomed && (
          <Button size="sm" onClick={reset}>
            {t.meterData.curveReset}
          </Button>
        )}
      </div>
      <QueryPanel
        query={query}
        skeleton={<Skeleton className="h-[22rem]" />}
        isEmpty={(data) => data.amount.every((amount) => amount === null)}
        empty={
          <EmptyState title={t.meterData.curveEmptyTitle} text={t.meterData.curveEmptyText}>
            {isZoomed && <Button onClick={reset}>{t.meterData.curveReset}</Button>}
          </EmptyState>
        }
      >
        {(data) => (
          <Curve data={data} meter={meter} onZoom={zoom} onReset={isZoomed ? reset : undefined} />
        )}
      </QueryPanel>
    </section>
  );
}

type CurveProps = {
  data: SeriesOut;
  meter: MeterOut;
  onZoom: (first: Day, last: Day) => void;
  onReset: (() => void) | undefined;
};

function Curve({ data, meter, onZoom, onReset }: CurveProps) {
  const view = useMeterView(meter);
  const { t, format } = view;
  const handle = useRef<ChartHandle | null>(null);
  const keep = useCallback((drawn: ChartHandle) => {
    handle.current = drawn;
  }, []);
  const band = useMemo(() => bandOf(data, view), [data, view]);
  const tell = useMemo(() => tellerOf(data, view), [data, view]);
  const formatTick = useCallback((value: number) => format.number(value), [format]);
  const clock = useMemo(() => view.clockOf(data.time_zone), [view, data.time_zone]);
  const dayAt = (index: number) => clock.day(data.start?.[index] ?? 0);
  const name = format.range(data.date_from, data.date_to);
  const count = format.number(data.intervals, 0);
  const isJoined = data.aggregate === 'mean';
  return (
    <>
      <p className="mb-2 text-sm text-muted">
        {name} · {isJoined ? t.meterData.curveJoined(count) : t.meterData.curveSingle(count)}
      </p>
      <ChartFrame
        handle={handle}
        label={`${t.meterData.curveTitle}, ${name}. ${t.meterData.curveHelp}`}
        count={data.amount.length}
        speak={(index) => [tell(index).title, ...tell(index).lines].join('. ')}
        speakRange={(one, other) =>
          t.meterData.chosen(tell(Math.min(one, other)).title, tell(Math.max(one, other)).title)
        }
        onOpen={(index) => onZoom(dayAt(index), dayAt(index))}
        onZoom={(first, last) => onZoom(dayAt(first), dayAt(last))}
        onEscape={onReset}
      >
        {({ active, setActive }) => (
          <BandChart
            band={band}
            color={LOOKS[meter.consumption_type].fill}
            active={active}
            formatTick={formatTick}
            tell={tell}
            onActive={setActive}
            onReady={keep}
          />
        )}
      </ChartFrame>
    </>
  );
}
