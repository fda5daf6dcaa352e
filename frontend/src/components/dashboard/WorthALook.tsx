import { CircleCheck } from 'lucide-react';
import { Link } from '@/components/ui/Link';
import type { ReactNode } from 'react';

import { bucketName } from '@/components/charts/buckets';
import {
  elapsedDays,
  inOrder,
  missingDays,
  missingRuns,
  utilityKey,
} from '@/components/dashboard/choose';
import { useFormat, useTexts } from '@/context/preferences';
import { cn } from '@/lib/cn';
import type { Day } from '@/lib/days';
import type { ShownAnalytics, ShownUtility } from '@/lib/display-units';
import { paths } from '@/lib/paths';
import { spanInside, type Span } from '@/lib/periods';
import { unitName } from '@/lib/units';

type Props = { data: ShownAnalytics; onLook: (span: Span, at: Day) => void };

const HIGH_FACTOR = 1.6;
const RUNS_SHOWN = 3;

/** What is missing, estimated or unusual, each with its one action; then the averages. */
export function WorthALook({ data, onLook }: Props) {
  const t = useTexts();
  const format = useFormat();
  const utilities = inOrder(data.utilities);
  const items = utilities.flatMap((utility) => [
    <Missing key={`m${utilityKey(utility)}`} utility={utility} data={data} />,
    <High key={`h${utilityKey(utility)}`} utility={utility} data={data} onLook={onLook} />,
    <Estimated key={`e${utilityKey(utility)}`} utility={utility} data={data} />,
  ]);
  const isQuiet = utilities.every(
    (one) => missingDays(data, one) === 0 && !isHigh(one) && !one.series.some((b) => b.estimated),
  );
  return (
    <section className="p-5 lg:p-6" aria-labelledby="worth-a-look">
      <h2 id="worth-a-look" className="mb-3 font-semibold">
        {t.dashboard.lookTitle}
      </h2>
      {isQuiet ? (
        <p className="flex gap-2 text-muted">
          <CircleCheck aria-hidden className="mt-0.5 size-5 shrink-0 text-ok" />
          {t.dashboard.lookNothing}
        </p>
      ) : (
        <ul className="flex flex-col gap-4">{items}</ul>
      )}
      <h2 className="mt-7 mb-2 font-semibold">{t.dashboard.averagesTitle}</h2>
      <dl className="text-[0.9375rem]">
        {utilities.map((utility) => (
          <div
            key={utilityKey(utility)}
            className="flex items-baseline justify-between gap-4 border-t border-line py-2.5 first:border-0"
          >
            <dt className="text-muted">{t.utility[utility.consumption_type]}</dt>
            <dd className="text-right">
              {utility.average_per_day === null ? (
                t.dashboard.noData
              ) : (
                <>
                  <span className="font-medium">{format.number(utility.average_per_day)}</span>{' '}
                  <span className="text-muted">{t.dashboard.perDay(unitName(utility.unit))}</span>
                </>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

type ItemProps = { utility: ShownUtility; data: ShownAnalytics };

function Item({
  tone,
  title,
  text,
  children,
}: {
  tone: string;
  title: string;
  text: string;
  children?: ReactNode;
}) {
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

function Missing({ utility, data }: ItemProps) {
  const t = useTexts();
  const format = useFormat();
  const missing = missingDays(data, utility);
  if (missing === 0) return null;
  const runs = data.group_by === 'day' ? missingRuns(utility.series, data.today) : [];
  const shown = runs.slice(0, RUNS_SHOWN).map((run) => format.range(run.first, run.last));
  const gaps = shown.join(' · ') + (runs.length > RUNS_SHOWN ? ' …' : '');
  return (
    <Item
      tone="bg-warn"
      title={t.dashboard.lookMissing(
        t.count.days(missing, format.number(missing, 0)),
        t.utility[utility.consumption_type],
      )}
      text={
        gaps ||
        t.dashboard.ofDays(
          format.number(utility.days_covered, 0),
          format.number(elapsedDays(data), 0),
        )
      }
    >
      <Link
        className="link text-sm"
        href={paths.addConsumption({
          utility: utility.consumption_type,
          date: runs[0]?.last ?? data.today,
          from: runs[0] && runs[0].first !== runs[0].last ? runs[0].first : null,
        })}
      >
        {t.dashboard.lookMissingFill}
      </Link>
    </Item>
  );
}

function isHigh({ max_bucket: max, series }: ShownUtility): boolean {
  const full = series.filter((one) => one.complete && one.amount !== null);
  if (!max || full.length < 5) return false;
  const mean = full.reduce((sum, one) => sum + (one.amount ?? 0), 0) / full.length;
  return max.amount > mean * HIGH_FACTOR;
}

function High({ utility, data, onLook }: ItemProps & Pick<Props, 'onLook'>) {
  const t = useTexts();
  const format = useFormat();
  const { max_bucket: max, consumption_type: type } = utility;
  if (!max || !isHigh(utility)) return null;
  const inside = spanInside(data.group_by);
  return (
    <Item
      tone="bg-danger"
      title={t.dashboard.lookHigh(t.utility[type], bucketName(max, data.group_by, format))}
      text={format.quantity(max.amount, utility.unit)}
    >
      {inside ? (
        <button type="button" className="link text-sm" onClick={() => onLook(inside, max.start)}>
          {t.dashboard.lookHighAct}
        </button>
      ) : (
        <Link
          className="link text-sm"
          href={paths.consumption({
            consumption_type: type,
            date_from: max.start,
            date_to: max.end,
          })}
        >
          {t.dashboard.lookHighAct}
        </Link>
      )}
    </Item>
  );
}

function Estimated({ utility, data }: ItemProps) {
  const t = useTexts();
  if (!utility.series.some((bucket) => bucket.estimated)) return null;
  const type = utility.consumption_type;
  return (
    <Item
      tone="bg-edge"
      title={t.dashboard.lookEstimated(t.utility[type])}
      text={t.dashboard.lookEstimatedText}
    >
      <Link
        className="link text-sm"
        href={paths.consumption({
          consumption_type: type,
          date_from: data.date_from,
          date_to: data.date_to,
        })}
      >
        {t.dashboard.lookEstimatedAct}
      </Link>
    </Item>
  );
}
