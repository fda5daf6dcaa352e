import type { ReactNode } from 'react';

import { bucketName, isMissing, isPartial } from '@/components/charts/buckets';
import { elapsedDays, missingDays, runsOf } from '@/components/dashboard/choose';
import { Link } from '@/components/ui/Link';
import { useFormat } from '@/context/preferences';
import { useLookTexts } from '@/hooks/look-texts';
import type { BucketOut, MeterOut } from '@/lib/api';
import { cn } from '@/lib/cn';
import type { Day } from '@/lib/days';
import type { ShownAnalytics, ShownUtility } from '@/lib/display-units';
import type { Format } from '@/lib/format';
import { paths } from '@/lib/paths';
import { spanInside, type Span } from '@/lib/periods';

const HIGH_FACTOR = 1.6;
const RUNS_SHOWN = 3;
const MANY_DAYS = 2;

type ItemFrame = { tone: string; title: string; text: string; children?: ReactNode };

/** One thing, with its one action. */
export function Item({ tone, title, text, children }: ItemFrame) {
  return (
    <li className="flex items-start gap-3">
      <span aria-hidden className={cn('mt-2 size-2 shrink-0 rounded-full', tone)} />
      <div className="min-w-0 flex-1">
        <p>{title}</p>
        <p className="text-sm text-muted">{text}</p>
      </div>
      {children}
    </li>
  );
}

type Props = { utility: ShownUtility; data: ShownAnalytics };
type OfMeters = Props & { meters: readonly MeterOut[] };

/** The page of quality of the one meter with intervals; where there are more, all meters. */
function qualityPath(meters: readonly MeterOut[]): string | null {
  const [meter, ...others] = meters.filter((one) => one.source === 'intervals');
  if (!meter) return null;
  return others.length === 0 ? paths.meter(meter.id, 'quality') : paths.meters();
}

function runsText(
  series: readonly BucketOut[],
  isOne: (bucket: BucketOut) => boolean,
  format: Format,
): string {
  const runs = runsOf(series, isOne);
  const shown = runs.slice(0, RUNS_SHOWN).map((run) => format.range(run.first, run.last));
  return shown.join(' · ') + (runs.length > RUNS_SHOWN ? ' …' : '');
}

export function Missing({ utility, data }: Props) {
  const t = useLookTexts();
  const format = useFormat();
  const missing = missingDays(data, utility);
  const isOne = (one: BucketOut) => isMissing(one, utility.first_day, data.today);
  const [run] = data.group_by === 'day' ? runsOf(utility.series, isOne) : [];
  const days = data.group_by === 'day' ? runsText(utility.series, isOne, format) : '';
  const covered = format.number(utility.days_covered, 0);
  return (
    <Item
      tone="bg-warn"
      title={t.look.missing(
        t.count.days(missing, format.number(missing, 0)),
        t.utility[utility.consumption_type],
      )}
      text={days || t.dashboard.ofDays(covered, format.number(elapsedDays(data), 0))}
    >
      <Link
        className="link text-sm"
        href={paths.addConsumption({
          utility: utility.consumption_type,
          date: run?.last ?? data.today,
          from: run && run.first !== run.last ? run.first : null,
        })}
      >
        {t.look.fill}
      </Link>
    </Item>
  );
}

/** Days on which a meter has not said everything; which one, its page of quality tells. */
export function Incomplete({ utility, data, meters }: OfMeters) {
  const t = useLookTexts();
  const format = useFormat();
  const isOne = (one: BucketOut) => isPartial(one, data.group_by, data.today);
  const count = utility.series.filter(isOne).length;
  return (
    <Item
      tone="bg-warn"
      title={t.look.incomplete(
        t.count.days(count, format.number(count, 0)),
        t.utility[utility.consumption_type],
      )}
      text={runsText(utility.series, isOne, format)}
    >
      <Link className="link text-sm" href={qualityPath(meters) ?? paths.meters()}>
        {t.look.see}
      </Link>
    </Item>
  );
}

/** The mean of the complete buckets where the largest stands out from them; else null. */
export function meanBelowHigh({ max_bucket: max, series }: ShownUtility): number | null {
  const full = series.filter((one) => one.complete && one.amount !== null);
  if (!max || full.length < 5) return null;
  const mean = full.reduce((sum, one) => sum + (one.amount ?? 0), 0) / full.length;
  return mean > 0 && max.amount > mean * HIGH_FACTOR ? mean : null;
}

export function High({ utility, data, onLook }: Props & { onLook: (span: Span, at: Day) => void }) {
  const t = useLookTexts();
  const format = useFormat();
  const { max_bucket: max, consumption_type: type } = utility;
  const mean = meanBelowHigh(utility);
  if (!max || mean === null) return null;
  const inside = spanInside(data.group_by);
  const records = { consumption_type: type, date_from: max.start, date_to: max.end };
  return (
    <Item
      tone="bg-danger"
      title={t.look.high(t.utility[type], bucketName(max, data.group_by, format))}
      text={t.look.highText(
        format.quantity(max.amount, utility.unit),
        format.percent((max.amount / mean - 1) * 100),
      )}
    >
      {inside ? (
        <button type="button" className="link text-sm" onClick={() => onLook(inside, max.start)}>
          {t.look.see}
        </button>
      ) : (
        <Link className="link text-sm" href={paths.consumption(records)}>
          {t.look.see}
        </Link>
      )}
    </Item>
  );
}

export function Estimated({ utility, data, meters }: OfMeters) {
  const t = useLookTexts();
  const format = useFormat();
  const type = utility.consumption_type;
  const isOne = (one: BucketOut) => one.estimated;
  const days = data.group_by === 'day' ? runsText(utility.series, isOne, format) : '';
  return (
    <Item
      tone="bg-edge"
      title={t.look.estimated(t.utility[type])}
      text={days || t.look.estimatedText}
    >
      <Link
        className="link text-sm"
        href={
          qualityPath(meters) ??
          paths.consumption({
            consumption_type: type,
            date_from: data.date_from,
            date_to: data.date_to,
          })
        }
      >
        {t.look.see}
      </Link>
    </Item>
  );
}

/** A utility that was written down before, and not in this period. */
export function NoData({ utility, data }: Props) {
  const t = useLookTexts();
  const type = utility.consumption_type;
  return (
    <Item tone="bg-edge" title={t.look.noData(t.utility[type])} text={t.look.noDataText}>
      <Link
        className="link text-sm"
        href={paths.addConsumption({
          utility: type,
          date: data.date_to < data.today ? data.date_to : data.today,
        })}
      >
        {t.look.add}
      </Link>
    </Item>
  );
}

/** Whether there is nothing although there could be by now. */
export const isWithoutData = (utility: ShownUtility, data: ShownAnalytics): boolean =>
  utility.total === null &&
  utility.first_day !== null &&
  utility.first_day <= data.date_to &&
  elapsedDays(data) > MANY_DAYS;
