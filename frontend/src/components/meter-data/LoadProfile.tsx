import dynamic from 'next/dynamic';
import { useCallback, useMemo } from 'react';

import { LOOKS } from '@/components/common/utility';
import { ChartFrame } from '@/components/meter-data/ChartFrame';
import { PlainTable } from '@/components/meter-data/PlainTable';
import { useMeterView } from '@/components/meter-data/use-meter-view';
import { Skeleton } from '@/components/ui/Skeleton';
import type { LoadOut, MeterOut, ProfileOut } from '@/lib/api';

const BandChart = dynamic(() => import('@/components/meter-data/BandChart'), {
  ssr: false,
  loading: () => <Skeleton className="h-full" />,
});

const HOURS = Array.from({ length: 24 }, (_, hour) => `${String(hour).padStart(2, '0')}:00`);
const handle = { current: null };

/** A typical weekday beside a typical day of the weekend, on one scale. */
export function LoadProfile({ data, meter }: { data: ProfileOut; meter: MeterOut }) {
  const { t, factor } = useMeterView(meter);
  const highest = Math.max(
    0,
    ...[...data.weekdays.p90, ...data.weekend.p90].map((value) => value ?? 0),
  );
  const top = roundTop(highest * factor);
  return (
    <div className="grid gap-6 lg:grid-cols-2">
      <OneDay name={t.meterData.weekdays} load={data.weekdays} meter={meter} top={top} />
      <OneDay name={t.meterData.weekend} load={data.weekend} meter={meter} top={top} />
    </div>
  );
}

const ROUND = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** The next round number, for an axis that two charts share. */
export function roundTop(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const found = ROUND.find((one) => one * power >= value) ?? 10;
  return Number((found * power).toPrecision(3));
}

type DayProps = { name: string; load: LoadOut; meter: MeterOut; top: number };

function OneDay({ name, load, meter, top }: DayProps) {
  const { t, format, factor, quantity } = useMeterView(meter);
  const band = useMemo(() => {
    const scaled = (values: readonly (number | null)[]) =>
      values.map((value) => (value === null ? null : value * factor));
    return {
      labels: HOURS,
      middle: scaled(load.median),
      low: scaled(load.p10),
      high: scaled(load.p90),
      isEstimated: null,
      isMissing: null,
    };
  }, [load, factor]);
  const cells = useCallback(
    (hour: number): [string, string] => {
      const [middle, low, high] = [load.median[hour], load.p10[hour], load.p90[hour]];
      if (middle == null || low == null || high == null) return [t.dashboard.noData, '–'];
      return [quantity(middle), t.meterData.curveRange(quantity(low), quantity(high))];
    },
    [load, quantity, t],
  );
  const tell = useCallback(
    (hour: number) => ({ title: HOURS[hour] ?? '', lines: cells(hour) }),
    [cells],
  );
  const formatTick = useCallback((value: number) => format.number(value), [format]);
  return (
    <div className="min-w-0">
      <h3 className="font-medium">
        {name}{' '}
        <span className="font-normal text-muted">
          {t.meterData.ofDays(t.count.days(load.days, format.number(load.days, 0)))}
        </span>
      </h3>
      <p className="mb-2 text-sm text-muted">
        {t.meterData.profileMedian} · {t.meterData.profileBand}
      </p>
      <ChartFrame
        handle={handle}
        label={`${t.meterData.profileTitle}, ${name}`}
        count={HOURS.length}
        speak={(hour) => [HOURS[hour], ...cells(hour)].join('. ')}
        className="h-[14rem] xl:h-[16rem]"
      >
        {({ active, setActive }) => (
          <BandChart
            band={band}
            color={LOOKS[meter.consumption_type].fill}
            active={active}
            top={top}
            formatTick={formatTick}
            tell={tell}
            onActive={setActive}
          />
        )}
      </ChartFrame>
      <details className="mt-3">
        <summary className="w-fit text-sm text-muted">{t.dashboard.showTable}</summary>
        <div className="mt-3">
          <PlainTable
            caption={`${t.meterData.profileTitle}, ${name}`}
            columns={[
              { name: t.meterData.columnHour },
              { name: t.meterData.profileMedian, isNumber: true },
              { name: t.meterData.profileBand },
            ]}
            rows={HOURS.map((hour, index) => [hour, ...cells(index)])}
          />
        </div>
      </details>
    </div>
  );
}
