import { Item } from '@/components/dashboard/look-items';
import type { Flow } from '@/components/dashboard/flow';
import { useMeterView } from '@/components/meter-data/use-meter-view';
import { Link } from '@/components/ui/Link';
import { useFormat } from '@/context/preferences';
import { useLookTexts } from '@/hooks/look-texts';
import type { MeterOut } from '@/lib/api';
import { countDays, type Day } from '@/lib/days';
import { paths } from '@/lib/paths';
import { unitName } from '@/lib/units';

const A_WEEK = 7;

type FlowProps = { meter: MeterOut; flow: Flow; today: Day };

/** Water that never stands still. */
export function SteadyFlow({ meter, flow, today }: FlowProps) {
  const t = useLookTexts();
  const view = useMeterView(meter);
  const isRecent = countDays(flow.since, today) <= A_WEEK;
  const litres = (amount: number) =>
    meter.unit === 'm³'
      ? view.format.quantity(amount * 1000, unitName('L'))
      : view.quantity(amount);
  return (
    <Item
      tone="bg-danger"
      title={t.look.flow(view.format.day(flow.since, isRecent ? 'weekdayLong' : 'dayMonth'))}
      text={t.look.flowText(meter.name, litres(flow.least), litres(flow.total))}
    >
      <Link className="link text-sm" href={paths.meter(meter.id)}>
        {t.look.see}
      </Link>
    </Item>
  );
}

/** A dial that nobody has read for long. */
export function DialDue({ meter, today }: { meter: MeterOut; today: Day }) {
  const t = useLookTexts();
  const format = useFormat();
  if (!meter.last_day) return null;
  const days = countDays(meter.last_day, today) - 1;
  return (
    <Item
      tone="bg-edge"
      title={t.look.dialDue(meter.name)}
      text={t.look.dialDueText(
        t.count.days(days, format.number(days, 0)),
        format.day(meter.last_day),
      )}
    >
      <Link
        className="link text-sm"
        href={paths.addConsumption({
          utility: meter.consumption_type,
          meter_id: meter.id,
          how: 'read',
        })}
      >
        {t.look.read}
      </Link>
    </Item>
  );
}
