import dynamic from 'next/dynamic';
import { useCallback, useRef } from 'react';

import type { ChartHandle } from '@/components/charts/handle';
import type { SeriesPoint } from '@/components/charts/SeriesChart';
import { LOOKS } from '@/components/common/utility';
import { ChartFrame } from '@/components/meter-data/ChartFrame';
import { Skeleton } from '@/components/ui/Skeleton';
import { useFormat } from '@/context/preferences';
import { useMeterTexts } from '@/hooks/meter-texts';
import type { MeterOut } from '@/lib/api';

const SeriesChart = dynamic(() => import('@/components/charts/SeriesChart'), {
  ssr: false,
  loading: () => <Skeleton className="h-full" />,
});

type Props = {
  points: readonly SeriesPoint[];
  meter: MeterOut;
  name: string;
  onPage: (direction: 1 | -1) => void;
  onEscape: () => void;
};

/** The intervals of a day as bars. */
export function DayChart({ points, meter, name, onPage, onEscape }: Props) {
  const t = useMeterTexts();
  const format = useFormat();
  const look = LOOKS[meter.consumption_type];
  const handle = useRef<ChartHandle | null>(null);
  const keep = useCallback((drawn: ChartHandle) => {
    handle.current = drawn;
  }, []);
  const formatTick = useCallback(
    (value: number) => format.number(value, Math.abs(value) < 0.1 ? undefined : 3),
    [format],
  );
  const speak = (index: number) =>
    [points[index]?.title, ...(points[index]?.lines ?? [])].join('. ');
  return (
    <ChartFrame
      handle={handle}
      label={`${name}. ${t.meterData.chartHelp}`}
      count={points.length}
      speak={speak}
      onPage={onPage}
      onEscape={onEscape}
    >
      {({ active, setActive }) => (
        <SeriesChart
          points={points}
          color={look.fill}
          dash={look.dash}
          active={active}
          formatTick={formatTick}
          onActive={setActive}
          onReady={keep}
        />
      )}
    </ChartFrame>
  );
}
