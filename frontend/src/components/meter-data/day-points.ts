import type { SeriesPoint } from '@/components/charts/SeriesChart';
import type { MeterView } from '@/components/meter-data/use-meter-view';
import type { SeriesOut } from '@/lib/api';

/** Letters of values that nobody measured: estimated, substituted, forecast. */
export const ESTIMATED = 'ESP';

const isLetter = (letter: string): letter is 'A' | 'E' | 'S' | 'M' | 'D' | 'Q' | 'P' | 'N' =>
  'AESMDQPN'.includes(letter);

/** A quality letter in words; measured is what goes without saying. */
export function qualityText(letter: string, { t }: Pick<MeterView, 't'>): string | null {
  return isLetter(letter) && letter !== 'A' ? t.meterData.quality[letter] : null;
}

export const letterAt = ({ quality }: Pick<SeriesOut, 'quality'>, index: number): string =>
  quality?.[index] ?? 'A';

/** A day's intervals as bars; what has not come yet is no gap. */
export function dayPoints(data: SeriesOut, view: MeterView, now = Date.now()): SeriesPoint[] {
  const clock = view.clockOf(data.time_zone);
  const times = (data.start ?? []).map(clock.time);
  return (data.start ?? []).map((start, index): SeriesPoint => {
    const amount = data.amount[index] ?? null;
    const letter = letterAt(data, index);
    const said = qualityText(letter, view);
    const lines = [amount === null ? view.t.dashboard.noData : view.quantity(amount)];
    if (said && amount !== null) lines.push(said);
    return {
      label: times[index] ?? '',
      amount: amount === null ? null : amount * view.factor,
      compared: null,
      isEstimated: ESTIMATED.includes(letter),
      isMissing: amount === null && start * 1000 < now,
      isToned: false,
      title:
        times.indexOf(times[index] ?? '') === times.lastIndexOf(times[index] ?? '')
          ? (times[index] ?? '')
          : clock.zoned(start),
      lines,
    };
  });
}
