import { ChevronLeft, ChevronRight } from 'lucide-react';

import { DateRange } from '@/components/dashboard/DateRange';
import { COMPARES, type Look, type View } from '@/components/dashboard/use-view';
import { Button } from '@/components/ui/Button';
import { Segmented, Select } from '@/components/ui/controls';
import { useFormat, useTexts } from '@/context/preferences';
import type { Texts } from '@/i18n';
import type { Format } from '@/lib/format';
import { SPANS } from '@/lib/periods';

const CHOICES = [...SPANS, 'free'] as const;

export function spanName(
  { span, range, isFree }: Pick<View, 'span' | 'range' | 'isFree'>,
  t: Texts,
  format: Format,
): string {
  const { first, last } = range;
  if (isFree) return format.range(first, last);
  switch (span) {
    case 'week':
      return format.range(first, last);
    case 'month':
      return format.day(first, 'month');
    case 'quarter':
      return t.dashboard.quarterName(
        String(Math.ceil(Number(first.slice(5, 7)) / 3)),
        first.slice(0, 4),
      );
    case 'year':
      return first.slice(0, 4);
    case 'years':
      return `${first.slice(0, 4)}–${last.slice(0, 4)}`;
  }
}

export function ViewControls({ view, look }: { view: View; look: Look }) {
  const t = useTexts();
  const format = useFormat();
  const isNow = view.range.first <= view.today && view.today <= view.range.last;
  return (
    <div className="contents" data-no-print>
      <div className="flex items-center rounded-[10px] border border-line bg-surface">
        <Button
          variant="quiet"
          size="icon"
          className="min-h-11 min-w-10"
          aria-label={t.dashboard.earlier}
          onClick={() => look.move(-1)}
        >
          <ChevronLeft aria-hidden className="size-4" />
        </Button>
        {view.isFree ? (
          <DateRange range={view.range} onChange={look.range} />
        ) : (
          <button
            type="button"
            className="min-h-11 min-w-36 px-1 text-center font-medium first-letter:uppercase"
            title={t.dashboard.today}
            disabled={isNow}
            onClick={() => look.span(view.span, view.today)}
          >
            <span aria-live="polite" className="inline-block first-letter:uppercase">
              {spanName(view, t, format)}
            </span>
          </button>
        )}
        <Button
          variant="quiet"
          size="icon"
          className="min-h-11 min-w-10"
          aria-label={t.dashboard.later}
          disabled={view.range.last >= view.today}
          onClick={() => look.move(1)}
        >
          <ChevronRight aria-hidden className="size-4" />
        </Button>
      </div>
      <Segmented
        label={t.dashboard.spanLabel}
        name="span"
        value={view.isFree ? 'free' : view.span}
        options={CHOICES.map((span) => ({ value: span, label: t.dashboard.spans[span] }))}
        onChange={(span) =>
          span === 'free'
            ? look.range(view.range)
            : look.span(span, view.isFree ? view.range.first : view.at)
        }
        className="max-w-full max-sm:w-full max-sm:[&_label]:flex-1 max-sm:[&_label]:px-1.5 max-sm:[&_label]:text-sm min-w-0 max-[380px]:[&_label]:!px-0 max-[380px]:[&_label]:!text-xs"
      />
      <Select
        aria-label={t.dashboard.compareLabel}
        value={view.compare}
        onChange={({ target }) =>
          look.change({ compare: target.value === 'last_year' ? null : target.value })
        }
        className="!w-auto !border-line font-medium"
      >
        {COMPARES.map((compare) => (
          <option key={compare} value={compare}>
            {t.dashboard.compares[compare]}
          </option>
        ))}
      </Select>
    </div>
  );
}
