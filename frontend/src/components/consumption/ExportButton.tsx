import { ExportMenu } from '@/components/common/ExportMenu';
import type { Filters } from '@/components/consumption/use-filters';

const KINDS = ['csv', 'xlsx', 'json'] as const;

/** Takes along all records that the filters leave, in their order. */
export function ExportButton({ filters, total }: { filters: Filters; total: number }) {
  return (
    <ExportMenu
      path="/api/exports/consumption"
      kinds={KINDS}
      query={filters}
      isDisabled={total === 0}
    />
  );
}
