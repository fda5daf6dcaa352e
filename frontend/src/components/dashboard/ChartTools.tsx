import { ChevronUp } from 'lucide-react';

import type { Look, View } from '@/components/dashboard/use-view';
import { spanName } from '@/components/dashboard/ViewControls';
import { Select } from '@/components/ui/controls';
import { useFormat, useTexts } from '@/context/preferences';
import type { GroupBy } from '@/lib/api';
import { rangeOf, spanAround, spansAround } from '@/lib/periods';

/** The way back up: years, the year, and what is on screen. */
export function Breadcrumb({ view, onLook }: { view: View; onLook: Look['span'] }) {
  const t = useTexts();
  const format = useFormat();
  const at = view.isFree ? view.range.first : view.at;
  const around = view.isFree ? spansAround(view.range) : allAround(view.span);
  const ways = around.map((span) => ({
    span,
    name: spanName({ span, isFree: false, range: rangeOf(span, at) }, t, format),
  }));
  return (
    <nav aria-label={t.dashboard.up}>
      <ol className="flex flex-wrap items-center gap-x-1 text-sm text-muted">
        {ways.map(({ span, name }) => (
          <li key={span} className="flex items-center gap-1">
            <button
              type="button"
              className="link inline-flex min-h-9 items-center gap-1 px-1 first-letter:uppercase"
              onClick={() => onLook(span, at)}
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

function allAround(span: View['span']): View['span'][] {
  const next = spanAround(span);
  return next ? [...allAround(next), next] : [];
}

type GroupProps = { view: View; group: GroupBy; onChange: Look['change'] };

export function GroupSelect({ view, group, onChange }: GroupProps) {
  const t = useTexts();
  const { groups } = view;
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
