import { ExportMenu } from '@/components/common/ExportMenu';
import type { MeterOut } from '@/lib/api';

const ALL = ['csv', 'xlsx', 'json'] as const;
const WITH_INTERVALS = [...ALL, 'xml'] as const;

/** A meter's series as a file; Green Button is for meters of intervals alone. */
export function MeterExport({ meter }: { meter: MeterOut }) {
  return (
    <ExportMenu
      path={`/api/exports/meters/${meter.id}`}
      kinds={meter.source === 'intervals' ? WITH_INTERVALS : ALL}
      isDisabled={meter.first_day === null}
    />
  );
}
