import { ChevronUp, Download, Image as Picture, Table } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useCallback, useMemo, useRef, useState } from 'react';

import { trimmedStart } from '@/components/charts/buckets';
import { ChartTable } from '@/components/charts/ChartTable';
import { Legend } from '@/components/charts/Legend';
import { UsageChart } from '@/components/charts/UsageChart';
import { EmptyState } from '@/components/common/EmptyState';
import { chosenUtility } from '@/components/dashboard/choose';
import type { View } from '@/components/dashboard/use-view';
import { spanName } from '@/components/dashboard/ViewControls';
import { Button, ButtonLink } from '@/components/ui/Button';
import { Select } from '@/components/ui/controls';
import { useFormat, useTexts } from '@/context/preferences';
import type { UrlChange } from '@/hooks/url-state';
import type { AnalyticsOut, BucketOut, GroupBy } from '@/lib/api';
import type { Day } from '@/lib/days';
import { download, toCsv } from '@/lib/download';
import { paths } from '@/lib/paths';
import { GROUPS, rangeOf, spanAround, spanInside, type Span } from '@/lib/periods';
import { unitName } from '@/lib/units';

type Props = {
  data: AnalyticsOut;
  view: View;
  onLook: (span: Span, at: Day) => void;
  onChange: (change: UrlChange) => void;
};

export function MainChart({ data, view, onLook, onChange }: Props) {
  const t = useTexts();
  const format = useFormat();
  const router = useRouter();
  const png = useRef<() => string>(() => '');
  const [isTable, setTable] = useState(false);
  const utility = chosenUtility(data, view.utility);
  const group = data.group_by;

  const { series, compared } = useMemo(() => {
    const all = utility?.series ?? [];
    const skipped = view.span === 'years' ? trimmedStart(all) : 0;
    return {
      series: all.slice(skipped),
      // Without anything to compare with, an empty line would only be a riddle in the legend.
      compared: utility?.comparison?.total == null ? [] : utility.comparison.series.slice(skipped),
    };
  }, [utility, view.span]);

  const type = utility?.consumption_type;
  const open = useCallback(
    (bucket: BucketOut) => {
      const inside = spanInside(group);
      if (inside) onLook(inside, bucket.start);
      else
        router.push(
          paths.consumption({
            consumption_type: type,
            date_from: bucket.start,
            date_to: bucket.end,
          }),
        );
    },
    [group, onLook, router, type],
  );
  const keepPng = useCallback((toPng: () => string) => {
    png.current = toPng;
  }, []);

  if (!utility || utility.total === null) {
    return (
      <div className="grid min-h-[30rem] place-items-center">
        <EmptyState title={t.dashboard.emptyChartTitle} text={t.dashboard.emptyChartText}>
          <ButtonLink
            href={paths.addConsumption({
              date: view.range.first <= view.today ? view.range.first : view.today,
            })}
          >
            {t.common.add}
          </ButtonLink>
        </EmptyState>
      </div>
    );
  }

  const title = t.dashboard.chartTitle(
    t.utility[utility.consumption_type],
    t.dashboard.groups[group],
  );
  const fileName = `${utility.consumption_type}-${data.date_from}-${data.date_to}`;
  const saveCsv = () =>
    download(
      `${fileName}.csv`,
      toCsv([
        ['start', 'end', `amount_${utility.unit}`, 'compared', 'estimated', 'days_covered'],
        ...series.map((one, index) => [
          ...[one.start, one.end, one.amount, compared[index]?.amount],
          ...[one.estimated ? 'yes' : 'no', one.days_covered],
        ]),
      ]),
    );
  return (
    <section aria-label={title} className="p-5 lg:p-6">
      <div className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-2">
        <h2 className="font-semibold">
          {title} <span className="ml-1 font-normal text-muted">{unitName(utility.unit)}</span>
        </h2>
        <Legend
          type={utility.consumption_type}
          hasCompared={compared.length > 0}
          hasEstimated={series.some((one) => one.estimated)}
          hasMissing={series.some((one) => one.amount === null && one.end < data.today)}
        />
      </div>
      <UsageChart
        utility={utility}
        series={series}
        compared={compared}
        group={group}
        today={data.today}
        onOpen={open}
        onReady={keepPng}
      />
      <div className="mt-4 flex flex-wrap items-center gap-2" data-no-print>
        <Breadcrumb view={view} onLook={onLook} />
        <span className="flex-1" />
        <GroupSelect view={view} group={group} onChange={onChange} />
        <Button
          size="sm"
          aria-expanded={isTable}
          aria-label={isTable ? t.dashboard.hideTable : t.dashboard.showTable}
          title={isTable ? t.dashboard.hideTable : t.dashboard.showTable}
          onClick={() => setTable(!isTable)}
        >
          <Table aria-hidden className="size-4" />
        </Button>
        <Button size="sm" onClick={saveCsv}>
          <Download aria-hidden className="size-4" />
          <span className="max-sm:sr-only">{t.dashboard.downloadCsv}</span>
        </Button>
        <Button size="sm" onClick={() => download(`${fileName}.png`, png.current())}>
          <Picture aria-hidden className="size-4" />
          <span className="max-sm:sr-only">{t.dashboard.downloadPng}</span>
        </Button>
      </div>
      {isTable && (
        <div className="mt-4">
          <ChartTable
            caption={`${title}, ${spanName(view, t, format)}`}
            unit={utility.unit}
            group={group}
            series={series}
            compared={compared}
          />
        </div>
      )}
    </section>
  );
}

/** The way back up: years, the year, and what is on screen. */
function Breadcrumb({ view, onLook }: Pick<Props, 'view' | 'onLook'>) {
  const t = useTexts();
  const format = useFormat();
  const ways: { span: Span; name: string }[] = [];
  for (let span = spanAround(view.span); span; span = spanAround(span)) {
    ways.unshift({ span, name: spanName({ span, range: rangeOf(span, view.at) }, t, format) });
  }
  return (
    <nav aria-label={t.dashboard.up}>
      <ol className="flex flex-wrap items-center gap-x-1 text-sm text-muted">
        {ways.map(({ span, name }) => (
          <li key={span} className="flex items-center gap-1">
            <button
              type="button"
              className="link inline-flex min-h-9 items-center gap-1 px-1 first-letter:uppercase"
              onClick={() => onLook(span, view.at)}
            >
              {span === ways.at(-1)?.span && <ChevronUp aria-hidden className="size-4" />}
              {name}
            </button>
            <span aria-hidden>›</span>
          </li>
        ))}
        <li aria-current="location" className="px-1 text-ink first-letter:uppercase">
          {spanName(view, t, format)}
        </li>
      </ol>
    </nav>
  );
}

type GroupProps = Pick<Props, 'view' | 'onChange'> & { group: GroupBy };

function GroupSelect({ view, group, onChange }: GroupProps) {
  const t = useTexts();
  const groups = GROUPS[view.span];
  if (groups.length < 2) return null;
  return (
    <Select
      aria-label={t.dashboard.groupLabel}
      value={groups.includes(view.group) ? view.group : group}
      onChange={({ target }) => onChange({ group: target.value })}
      className="!min-h-9 !w-auto !border-line text-sm pointer-coarse:!min-h-11"
    >
      {groups.map((one) => (
        <option key={one} value={one}>
          {t.dashboard.groups[one]}
        </option>
      ))}
    </Select>
  );
}
