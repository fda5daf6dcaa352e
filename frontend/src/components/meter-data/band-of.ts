import type { Band } from '@/components/meter-data/BandChart';
import { ESTIMATED, letterAt, qualityText } from '@/components/meter-data/day-points';
import type { MeterView } from '@/components/meter-data/use-meter-view';
import type { SeriesOut } from '@/lib/api';

const DAY_SECONDS = 86_400;
const MONTHS_FROM_DAYS = 400;
const TIMES_UP_TO_DAYS = 3;

/** A series as a line with its band; labels as fine as the range needs. */
export function bandOf(data: SeriesOut, view: MeterView, now = Date.now()): Band {
  const { factor } = view;
  const start = data.start ?? [];
  const days = ((start.at(-1) ?? 0) - (start[0] ?? 0)) / DAY_SECONDS;
  const clock = view.clockOf(data.time_zone);
  const label =
    days > MONTHS_FROM_DAYS ? clock.month : days > TIMES_UP_TO_DAYS ? clock.date : clock.short;
  const scaled = (values: readonly (number | null)[]) =>
    values.map((value) => (value === null ? null : value * factor));
  return {
    labels: start.map(label),
    middle: scaled(data.amount),
    low: data.min && scaled(data.min),
    high: data.max && scaled(data.max),
    isEstimated: start.map((_, index) => ESTIMATED.includes(letterAt(data, index))),
    isMissing: start.map((at, index) => data.amount[index] === null && at * 1000 < now),
  };
}

/** What is said about each point of a series. */
export function tellerOf(data: SeriesOut, view: MeterView) {
  const { t, quantity } = view;
  const clock = view.clockOf(data.time_zone);
  return (index: number) => {
    const amount = data.amount[index] ?? null;
    const [low, high] = [data.min?.[index] ?? null, data.max?.[index] ?? null];
    const said = qualityText(letterAt(data, index), view);
    const lines = [amount === null ? t.dashboard.noData : quantity(amount)];
    if (amount !== null && data.aggregate === 'mean') {
      lines[0] = `${t.meterData.curveMean} ${quantity(amount)}`;
    }
    if (low !== null && high !== null) {
      lines.push(t.meterData.curveRange(quantity(low), quantity(high)));
    }
    if (said && amount !== null) lines.push(said);
    return { title: clock.moment(data.start?.[index] ?? 0), lines };
  };
}
