import { letterAt, qualityText } from '@/components/meter-data/day-points';
import { PlainTable } from '@/components/meter-data/PlainTable';
import type { MeterView } from '@/components/meter-data/use-meter-view';
import type { SeriesOut } from '@/lib/api';
import { unitName } from '@/lib/units';

type Props = { caption: string; data: SeriesOut; view: MeterView };

/** A day's intervals to read. */
export function DayTable({ caption, data, view }: Props) {
  const { t, format, unit, factor } = view;
  const clock = view.clockOf(data.time_zone);
  const rows = (data.start ?? []).map((start, index) => {
    const amount = data.amount[index];
    return [
      clock.zoned(start),
      amount == null ? t.dashboard.noData : format.number(amount * factor),
      amount == null ? '–' : (qualityText(letterAt(data, index), view) ?? t.meterData.quality.A),
    ];
  });
  return (
    <PlainTable
      caption={caption}
      columns={[
        { name: t.meterData.columnTime },
        { name: `${t.dashboard.columnAmount} (${unitName(unit)})`, isNumber: true },
        { name: t.dashboard.columnQuality },
      ]}
      rows={rows}
    />
  );
}
