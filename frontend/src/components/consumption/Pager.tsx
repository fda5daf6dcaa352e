import { ChevronLeft, ChevronRight } from 'lucide-react';

import { PAGE_SIZES, type useFilters } from '@/components/consumption/use-filters';
import { Button } from '@/components/ui/Button';
import { Select } from '@/components/ui/controls';
import { useFormat } from '@/context/preferences';
import { useAppTexts } from '@/hooks/app-texts';
import type { Pagination } from '@/lib/api';

type Props = { pagination: Pagination; view: ReturnType<typeof useFilters> };

export function Pager({ pagination, view }: Props) {
  const t = useAppTexts();
  const format = useFormat();
  const { page, pageSize, change } = view;
  const total = pagination.total_items ?? 0;
  const pages = Math.max(1, pagination.total_pages ?? 1);
  const size = Number(pageSize);
  const count = (value: number) => format.number(value, 0);
  return (
    <div
      data-no-print
      className="flex flex-wrap items-center gap-3 border-t border-line px-5 py-3 text-sm text-muted"
    >
      <p className="flex-1" aria-live="polite">
        {pageSize === 'all'
          ? t.count.records(total, count(total))
          : t.consumption.shown(
              count(Math.min(total, (page - 1) * size + 1)),
              count(Math.min(total, page * size)),
              count(total),
            )}
      </p>
      <label className="flex items-center gap-2">
        {t.consumption.perPage}
        <Select
          className="!min-h-9 !w-auto !border-line text-ink pointer-coarse:!min-h-11"
          value={pageSize}
          onChange={({ target }) =>
            change({ per_page: target.value === '20' ? null : target.value })
          }
        >
          {PAGE_SIZES.map((one) => (
            <option key={one} value={one}>
              {one === 'all' ? t.consumption.perPageAll : t.consumption.perPageOption(one)}
            </option>
          ))}
        </Select>
      </label>
      {pageSize !== 'all' && (
        <nav
          className="flex items-center gap-1"
          aria-label={t.common.page(count(page), count(pages))}
        >
          <Button
            variant="quiet"
            size="icon"
            aria-label={t.common.previous}
            disabled={page <= 1}
            onClick={() => change({ page: page - 1 > 1 ? page - 1 : null })}
          >
            <ChevronLeft aria-hidden className="size-4" />
          </Button>
          <span className="px-1 text-ink">{t.common.page(count(page), count(pages))}</span>
          <Button
            variant="quiet"
            size="icon"
            aria-label={t.common.next}
            disabled={!pagination.has_next}
            onClick={() => change({ page: page + 1 })}
          >
            <ChevronRight aria-hidden className="size-4" />
          </Button>
        </nav>
      )}
    </div>
  );
}
