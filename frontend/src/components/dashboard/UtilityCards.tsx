import { Plus } from 'lucide-react';
import { Link } from '@/components/ui/Link';

import { Change } from '@/components/common/Change';
import { Sparkline } from '@/components/charts/Sparkline';
import { UtilityIcon } from '@/components/common/utility';
import {
  chosenUtility,
  comparedRange,
  comparing,
  inOrder,
  missingDays,
  utilityKey,
} from '@/components/dashboard/choose';
import type { View } from '@/components/dashboard/use-view';
import { useFormat, useTexts } from '@/context/preferences';
import { useSession } from '@/context/session';
import type { UrlChange } from '@/hooks/url-state';
import type { ConsumptionType } from '@/lib/api';
import type { Texts } from '@/i18n';
import { cn } from '@/lib/cn';
import type { ShownAnalytics, ShownUtility } from '@/lib/display-units';
import type { Format } from '@/lib/format';
import { paths } from '@/lib/paths';
import { unitName, UTILITIES } from '@/lib/units';

type Props = { data: ShownAnalytics; view: View; onChange: (change: UrlChange) => void };

export function UtilityCards({ data, view, onChange }: Props) {
  const t = useTexts();
  const { mayWrite } = useSession();
  const chosen = chosenUtility(data, view.utility);
  const known = new Set(data.utilities.map((one) => one.consumption_type));
  const absent = UTILITIES.filter((type) => !known.has(type));
  return (
    <section aria-label={t.dashboard.cardsLabel}>
      <ul className="-mx-5 flex snap-x snap-mandatory scroll-px-5 gap-4 overflow-x-auto px-5 pb-1 lg:mx-0 lg:grid lg:grid-cols-3 lg:gap-5 lg:overflow-visible lg:px-0 lg:pb-0 print:mx-0 print:grid print:grid-cols-3 print:overflow-visible print:px-0">
        {inOrder(data.utilities).map((utility) => (
          <li
            key={utilityKey(utility)}
            className="relative w-[85%] max-w-sm shrink-0 snap-start lg:w-auto lg:max-w-none print:w-auto"
          >
            <UtilityCard
              utility={utility}
              data={data}
              isNamedByUnit={data.utilities.some(
                (other) => other !== utility && other.consumption_type === utility.consumption_type,
              )}
              isChosen={utility === chosen}
              onChoose={() => onChange({ utility: utilityKey(utility) })}
            />
          </li>
        ))}
        {mayWrite &&
          absent.map((type) => (
            <li key={type} className="w-[60%] shrink-0 snap-start lg:w-auto">
              <AbsentCard type={type} />
            </li>
          ))}
      </ul>
    </section>
  );
}

type CardProps = {
  utility: ShownUtility;
  data: ShownAnalytics;
  isNamedByUnit: boolean;
  isChosen: boolean;
  onChoose: () => void;
};

function UtilityCard({ utility, data, isNamedByUnit, isChosen, onChoose }: CardProps) {
  const t = useTexts();
  const format = useFormat();
  const { consumption_type: type, unit, total, series } = utility;
  const found = comparing(data, utility);
  const change = found && { percent: found.percent, isIncomplete: found.isIncomplete };
  const name = t.utility[type];
  return (
    <button
      type="button"
      aria-pressed={isChosen}
      onClick={onChoose}
      className={cn(
        'card flex h-full min-h-[11.5rem] w-full flex-col p-5 text-left transition-colors lg:p-6',
        isChosen ? 'border-edge' : 'hover:border-edge/60',
      )}
    >
      <span className="flex items-center gap-3">
        <UtilityIcon type={type} />
        <span className="font-medium">
          {isNamedByUnit ? t.utilityIn(name, unitName(unit)) : name}
        </span>
        {change && <Change {...change} className="ml-auto" />}
      </span>
      <span className="mt-3 flex h-12 items-end justify-between gap-4">
        {total === null ? (
          <span className="text-xl text-muted">{t.dashboard.noData}</span>
        ) : (
          <span className="whitespace-nowrap">
            <span className="text-[2.125rem] leading-none font-semibold tracking-tight">
              {format.number(total)}
            </span>{' '}
            <span className="text-muted">{unitName(unit)}</span>
          </span>
        )}
        <Sparkline type={type} series={series} />
      </span>
      <span className="mt-3 block flex-1 text-sm text-muted">
        <CardNote utility={utility} data={data} />
      </span>
    </button>
  );
}

function CardNote({ utility, data }: { utility: ShownUtility; data: ShownAnalytics }) {
  const t = useTexts();
  const format = useFormat();
  const { comparison, days_covered: covered, days_in_range: days, series } = utility;
  const missing = missingDays(data, utility);
  const parts = [t.dashboard.ofDays(format.number(covered, 0), format.number(days, 0))];
  if (missing > 0)
    parts.push(t.dashboard.missing(t.count.days(missing, format.number(missing, 0))));
  if (series.some((bucket) => bucket.estimated)) parts.push(t.dashboard.estimatedDays);
  if (comparison && utility.total !== null) parts.push(against(data, utility, t, format));
  return parts.join(' · ');
}

/** What the change is against, and how where the two sides do not have the same days. */
function against(data: ShownAnalytics, utility: ShownUtility, t: Texts, format: Format): string {
  const found = comparing(data, utility);
  if (!found || !utility.comparison) return t.dashboard.nothingToCompare;
  const { first, last } = comparedRange(data, utility.comparison);
  const range = format.range(first, last);
  const { days, daysCovered, isPerDay, isTooFew } = found;
  const earlier =
    daysCovered < days
      ? t.dashboard.rangeOfDays(
          range,
          t.dashboard.ofDays(format.number(daysCovered, 0), format.number(days, 0)),
        )
      : range;
  if (isTooFew) return t.dashboard.notComparable(earlier);
  return isPerDay ? t.dashboard.againstPerDay(earlier) : t.dashboard.against(earlier);
}

function AbsentCard({ type }: { type: ConsumptionType }) {
  const t = useTexts();
  return (
    <Link
      href={paths.addConsumption({ utility: type })}
      className="flex h-full min-h-[11.5rem] flex-col items-start justify-between rounded-2xl border border-dashed border-edge/60 p-5 hover:bg-surface lg:p-6"
    >
      <span className="flex items-center gap-3">
        <UtilityIcon type={type} />
        <span className="font-medium">{t.utility[type]}</span>
      </span>
      <span className="flex items-center gap-2 text-sm text-muted">
        <Plus aria-hidden className="size-4" />
        {t.dashboard.addFirst}
      </span>
    </Link>
  );
}
