import { useQuery } from '@tanstack/react-query';
import { Search, X } from 'lucide-react';
import { useEffect, useState } from 'react';

import type { useFilters } from '@/components/consumption/use-filters';
import { Button } from '@/components/ui/Button';
import { Input, Select } from '@/components/ui/controls';
import { useAppTexts } from '@/hooks/app-texts';
import { meterListOptions } from '@/hooks/meters';
import { cn } from '@/lib/cn';
import { UTILITIES } from '@/lib/units';

const CHIP =
  'max-sm:!w-full sm:!w-auto !min-h-11 sm:!min-h-10 pointer-coarse:!min-h-11 !border-line text-[0.9375rem]';
const CHOSEN = '!border-edge font-medium';
const TYPING_MS = 300;

export function FilterBar({ view }: { view: ReturnType<typeof useFilters> }) {
  const t = useAppTexts();
  const { filters, isFiltered, change, clear } = view;
  const { data: meters = [] } = useQuery(meterListOptions());
  const type = filters.consumption_type;
  const offered = meters.filter((meter) => !type || meter.consumption_type === type);
  return (
    <search
      aria-label={t.consumption.filters}
      data-no-print
      className="grid grid-cols-2 items-center gap-2 sm:flex sm:flex-wrap"
    >
      <Select
        aria-label={t.consumption.columns.utility}
        className={cn(CHIP, type && CHOSEN)}
        value={type ?? ''}
        onChange={({ target }) => change({ consumption_type: target.value, meter_id: null })}
      >
        <option value="">{t.consumption.utilityAll}</option>
        {UTILITIES.map((one) => (
          <option key={one} value={one}>
            {t.utility[one]}
          </option>
        ))}
      </Select>
      <Select
        aria-label={t.consumption.columns.meter}
        className={cn(CHIP, 'sm:max-w-48', filters.meter_id && CHOSEN)}
        value={filters.meter_id ?? ''}
        onChange={({ target }) => change({ meter_id: target.value })}
      >
        <option value="">{t.consumption.meterAll}</option>
        {offered.map((meter) => (
          <option key={meter.id} value={meter.id}>
            {meter.name}
          </option>
        ))}
      </Select>
      <DateChip
        label={t.common.from}
        value={filters.date_from}
        onChange={(day) => change({ date_from: day })}
      />
      <DateChip
        label={t.common.to}
        value={filters.date_to}
        onChange={(day) => change({ date_to: day })}
      />
      <SearchChip value={filters.q ?? ''} onChange={(q) => change({ q })} />
      {filters.import_id && (
        <Button size="sm" onClick={() => change({ import_id: null })}>
          {t.consumption.importFilter}
          <X aria-hidden className="size-4" />
        </Button>
      )}
      {isFiltered && (
        <Button size="sm" variant="quiet" onClick={clear}>
          {t.consumption.clear}
        </Button>
      )}
    </search>
  );
}

type DateProps = { label: string; value: string | undefined; onChange: (day: string) => void };

function DateChip({ label, value, onChange }: DateProps) {
  return (
    <label className="flex min-w-0 items-center gap-1.5 text-sm text-muted max-sm:flex-col max-sm:items-start max-sm:gap-0.5">
      {label}
      <Input
        type="date"
        min="1900-01-01"
        max="2200-12-31"
        className={cn(CHIP, 'text-ink', value && CHOSEN)}
        value={value ?? ''}
        onChange={({ target }) => onChange(target.value)}
      />
    </label>
  );
}

/** Waits for a pause in the typing, so that not each letter becomes a step to walk back. */
function SearchChip({ value, onChange }: { value: string; onChange: (q: string) => void }) {
  const t = useAppTexts();
  const [typed, setTyped] = useState(value);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    setTyped(value);
  }
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => onChange(typed), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, value, onChange]);
  return (
    <div className="relative min-w-40 flex-1 max-sm:col-span-2 sm:max-w-64">
      <Search aria-hidden className="absolute top-1/2 left-3 size-4 -translate-y-1/2 text-muted" />
      <Input
        type="search"
        aria-label={t.consumption.search}
        placeholder={t.consumption.search}
        maxLength={200}
        className={cn(CHIP, '!w-full pl-9', value && CHOSEN)}
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
      />
    </div>
  );
}
