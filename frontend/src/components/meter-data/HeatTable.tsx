import { memo, useState } from 'react';

import { hourName } from '@/components/meter-data/heat';
import { PlainTable } from '@/components/meter-data/PlainTable';
import { useMeterView } from '@/components/meter-data/use-meter-view';
import type { MeterOut, ProfileOut } from '@/lib/api';
import { unitName } from '@/lib/units';

type Props = { data: ProfileOut; meter: MeterOut };

/** The days of a heat map to read; made when it is opened, and not again while a hand moves. */
export const HeatTable = memo(function HeatTable({ data, meter }: Props) {
  const { t } = useMeterView(meter);
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="mt-4" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary className="w-fit text-sm text-muted">{t.meterData.heatTable}</summary>
      {isOpen && (
        <div className="mt-3">
          <Days data={data} meter={meter} />
        </div>
      )}
    </details>
  );
});

function Days({ data, meter }: Props) {
  const { t, format, quantity, unit, factor } = useMeterView(meter);
  return (
    <PlainTable
      caption={t.meterData.heatTitle}
      columns={[
        { name: t.meterData.columnDay },
        { name: `${t.meterData.columnTotal} (${unitName(unit)})`, isNumber: true },
        { name: t.meterData.columnPeak },
      ]}
      rows={data.days.map((day, index) => {
        const hours = data.hours[index] ?? [];
        const peak = hours.reduce<number>((best, value) => Math.max(best, value ?? 0), 0);
        const sum = hours.reduce<number>((all, value) => all + (value ?? 0), 0);
        return [
          format.day(day),
          format.number(sum * factor),
          `${hourName(Math.max(0, hours.indexOf(peak)))}, ${quantity(peak)}`,
        ];
      })}
    />
  );
}
