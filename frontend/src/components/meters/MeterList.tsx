import { Pencil } from 'lucide-react';
import { Link } from '@/components/ui/Link';

import { UtilityIcon } from '@/components/common/utility';
import { Button } from '@/components/ui/Button';
import { useFormat } from '@/context/preferences';
import { useAppTexts } from '@/hooks/app-texts';
import { useSession } from '@/context/session';
import type { MeterOut } from '@/lib/api';
import { paths } from '@/lib/paths';
import { unitName } from '@/lib/units';

type Props = { meters: readonly MeterOut[]; onEdit: (meter: MeterOut) => void };

export function MeterList({ meters, onEdit }: Props) {
  const t = useAppTexts();
  const format = useFormat();
  const { mayWrite } = useSession();
  if (meters.length === 0) return <p className="text-muted">{t.meters.noneAtSite}</p>;
  return (
    <ul>
      {meters.map((meter) => (
        <li key={meter.id} className="flex min-h-16 items-center gap-4 border-t border-line py-2">
          <UtilityIcon type={meter.consumption_type} />
          <div className="min-w-0 flex-1">
            <Link href={paths.meter(meter.id)} className="link block truncate">
              {meter.name}
            </Link>
            <p className="truncate text-sm text-muted">
              {[
                `${t.utility[meter.consumption_type]}, ${unitName(meter.unit)}`,
                meter.serial_number,
                meter.archived_at && t.meters.archived,
              ]
                .filter(Boolean)
                .join(' · ')}
            </p>
          </div>
          <div className="text-right text-sm text-muted max-sm:hidden">
            <p className="text-ink">
              {meter.source !== 'entries'
                ? t.meters.fedBy[meter.source]
                : meter.record_count > 0
                  ? t.count.records(meter.record_count, format.number(meter.record_count, 0))
                  : t.meters.noRecords}
            </p>
            {meter.first_day && meter.last_day && (
              <p>{format.range(meter.first_day, meter.last_day)}</p>
            )}
          </div>
          {mayWrite && (
            <Button
              variant="quiet"
              size="icon"
              aria-label={`${t.meters.editMeter}: ${meter.name}`}
              onClick={() => onEdit(meter)}
            >
              <Pencil aria-hidden className="size-4" />
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}
