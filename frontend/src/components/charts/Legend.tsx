import { LOOKS } from '@/components/common/utility';
import { useTexts } from '@/context/preferences';
import type { ConsumptionType } from '@/lib/api';
import { cn } from '@/lib/cn';

type Props = {
  type: ConsumptionType;
  hasCompared: boolean;
  hasEstimated: boolean;
  hasMissing: boolean;
};

export function Legend({ type, hasCompared, hasEstimated, hasMissing }: Props) {
  const t = useTexts();
  const { bar, dash } = LOOKS[type];
  return (
    <ul className="ml-auto flex flex-wrap items-center gap-x-4 gap-y-1 text-sm text-muted">
      <li className="flex items-center gap-1.5">
        <span aria-hidden className={cn('size-2.5 rounded-[3px] bg-current', bar)} />
        {t.dashboard.legendCurrent}
      </li>
      {hasCompared && (
        <li className="flex items-center gap-1.5">
          <svg aria-hidden viewBox="0 0 20 4" className="h-1 w-5 stroke-muted">
            <path d="M0 2h20" strokeWidth="2" strokeDasharray={dash.join(' ')} />
          </svg>
          {t.dashboard.columnCompared.toLowerCase()}
        </li>
      )}
      {hasEstimated && (
        <li className="flex items-center gap-1.5">
          <span
            aria-hidden
            className={cn('hatched size-3 rounded-[3px] border border-current', bar)}
          />
          {t.dashboard.legendEstimated}
        </li>
      )}
      {hasMissing && (
        <li className="flex items-center gap-1.5">
          <span aria-hidden className="size-3 rounded-[3px] border border-dashed border-edge" />
          {t.dashboard.legendMissing}
        </li>
      )}
    </ul>
  );
}
