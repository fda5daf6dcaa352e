import type { ReactNode } from 'react';

import { isMissing, isPartial } from '@/components/charts/buckets';
import { LOOKS } from '@/components/common/utility';
import { useTexts } from '@/context/preferences';
import type { BucketOut, ConsumptionType, GroupBy, UtilityOut } from '@/lib/api';
import { cn } from '@/lib/cn';
import { isWeekend, type Day } from '@/lib/days';

export type LegendMarks = {
  hasCompared?: boolean;
  hasEstimated?: boolean;
  /** Whether a bar has more than a day: then not all of it need be estimated. */
  isInPart?: boolean;
  hasMissing?: boolean;
  hasPartial?: boolean;
  hasWeekend?: boolean;
};
type Props = LegendMarks & {
  type: ConsumptionType;
  /** What the bars and the line are, where a year says it. */
  names?: { current: string; compared: string } | null;
};

/** What the marks on a chart mean; nothing where there are only bars. */
export function Legend({ type, names, isInPart, ...marks }: Props) {
  const t = useTexts();
  const { bar, dash } = LOOKS[type];
  if (!Object.values(marks).some(Boolean)) return null;
  return (
    <ul className="ml-auto flex flex-wrap items-center gap-x-4 gap-y-1 text-sm text-muted">
      <Mark text={names?.current ?? t.dashboard.legendCurrent}>
        <span aria-hidden className={cn('size-2.5 rounded-[3px] bg-current', bar)} />
      </Mark>
      {marks.hasCompared && (
        <Mark text={names?.compared ?? t.dashboard.columnCompared.toLowerCase()}>
          <svg aria-hidden viewBox="0 0 20 4" className="h-1 w-5 stroke-muted">
            <path d="M0 2h20" strokeWidth="2" strokeDasharray={dash.join(' ')} />
          </svg>
        </Mark>
      )}
      {marks.hasEstimated && (
        <Mark text={isInPart ? t.dashboard.estimatedDays : t.dashboard.legendEstimated}>
          <span
            aria-hidden
            className={cn('hatched size-3 rounded-[3px] border border-current', bar)}
          />
        </Mark>
      )}
      {(marks.hasMissing || marks.hasPartial) && (
        <Mark text={marks.hasMissing ? t.dashboard.legendMissing : t.dashboard.legendIncomplete}>
          <span aria-hidden className="size-3 rounded-[3px] border border-dashed border-edge" />
        </Mark>
      )}
      {marks.hasWeekend && (
        <Mark text={t.dashboard.legendWeekend}>
          <span aria-hidden className="size-3 rounded-[3px] border border-line bg-raised" />
        </Mark>
      )}
    </ul>
  );
}

function Mark({ text, children }: { text: string; children: ReactNode }) {
  return (
    <li className="flex items-center gap-1.5">
      {children}
      {text}
    </li>
  );
}

/** The marks that a series needs. */
export function marksOf(
  { first_day: firstDay }: UtilityOut,
  series: readonly BucketOut[],
  compared: readonly BucketOut[],
  group: GroupBy,
  today: Day,
): LegendMarks {
  return {
    hasCompared: compared.length > 0,
    hasEstimated: series.some((one) => one.estimated),
    isInPart: group !== 'day',
    hasMissing: series.some((one) => isMissing(one, firstDay, today)),
    hasPartial: series.some((one) => isPartial(one, group, today)),
    hasWeekend: isWeekendToned(series, group) && series.some(({ start }) => isWeekend(start)),
  };
}

const MOST_TONED = 31;

/** Weekends are told apart where each day still has room. */
export const isWeekendToned = (series: readonly BucketOut[], group: GroupBy): boolean =>
  group === 'day' && series.length <= MOST_TONED;

/** Names by the year, where each side lies in one and they differ. */
export function yearNames(
  data: { date_from: Day; date_to: Day },
  comparison: { date_from: Day; date_to: Day } | null,
): { current: string; compared: string } | null {
  const yearOf = ({ date_from: from, date_to: to }: { date_from: Day; date_to: Day }) =>
    from.slice(0, 4) === to.slice(0, 4) ? from.slice(0, 4) : null;
  const [current, compared] = [yearOf(data), comparison && yearOf(comparison)];
  return current && compared && current !== compared ? { current, compared } : null;
}
