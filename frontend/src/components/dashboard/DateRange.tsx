import { useEffect, useState } from 'react';

import { Input } from '@/components/ui/controls';
import { useTexts } from '@/context/preferences';
import { isDay, type Day } from '@/lib/days';
import type { Range } from '@/lib/periods';

const FIRST = '1900-01-01';
const LAST = '2200-12-31';
const TYPING_MS = 600;

const isPossible = (day: string): day is Day => isDay(day) && FIRST <= day && day <= LAST;

type Props = { range: Range; onChange: (range: Range) => void };

/** Two dates; where they cross, the other one follows. */
export function DateRange({ range, onChange }: Props) {
  const t = useTexts();
  const { first, last } = range;
  return (
    <span className="flex min-w-0 items-center" aria-live="off">
      <DateBox
        label={t.common.from}
        value={first}
        onChange={(day) => onChange({ first: day, last: day > last ? day : last })}
      />
      <span aria-hidden className="text-muted">
        –
      </span>
      <DateBox
        label={t.common.to}
        value={last}
        onChange={(day) => onChange({ first: day < first ? day : first, last: day })}
      />
    </span>
  );
}

type BoxProps = { label: string; value: Day; onChange: (day: Day) => void };

/** Waits for a pause: the year 0002 is what typing 2026 begins with. */
function DateBox({ label, value, onChange }: BoxProps) {
  const [typed, setTyped] = useState(value);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    setTyped(value);
  }
  useEffect(() => {
    if (typed === value || !isPossible(typed)) return;
    const timer = setTimeout(() => onChange(typed), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, value, onChange]);
  return (
    <Input
      type="date"
      aria-label={label}
      min={FIRST}
      max={LAST}
      value={typed}
      onChange={({ target }) => setTyped(target.value)}
      onBlur={() => {
        if (typed !== value && isPossible(typed)) onChange(typed);
        else setTyped(value);
      }}
      className="!w-[8.75rem] !border-transparent !px-1.5 text-center font-medium max-sm:!w-[7.75rem] max-sm:text-sm"
    />
  );
}
