import { ArrowDown, ArrowUp, Equal } from 'lucide-react';

import { useFormat, useTexts } from '@/context/preferences';
import { cn } from '@/lib/cn';

const SAME_BELOW = 0.05;

type Props = { percent: number | null; isIncomplete: boolean; className?: string };

/**
 * More or less than before: said in words to a screen reader, by arrow and colour to the eye.
 * Where days are missing it is a hint, without the colour of a saving.
 */
export function Change({ percent, isIncomplete, className }: Props) {
  const t = useTexts();
  const format = useFormat();
  if (percent === null) {
    return isIncomplete ? (
      <span className={cn(PILL, HINT, className)}>{t.dashboard.incomplete}</span>
    ) : null;
  }
  const isSame = Math.abs(percent) < SAME_BELOW;
  const isMore = percent > 0;
  const Icon = isSame ? Equal : isMore ? ArrowUp : ArrowDown;
  const look = isSame
    ? 'bg-raised text-muted'
    : isMore
      ? 'bg-danger-soft text-danger'
      : 'bg-ok-soft text-ok';
  const shown = format.percent(percent);
  const said = isSame
    ? t.dashboard.same
    : isMore
      ? t.dashboard.more(shown)
      : t.dashboard.less(shown);
  return (
    <span className={cn(PILL, isIncomplete ? HINT : look, className)}>
      {isIncomplete && <span aria-hidden>≈</span>}
      <Icon aria-hidden className="size-3.5" strokeWidth={2.75} />
      <span aria-hidden>{shown}</span>
      <span className="sr-only">{isIncomplete ? t.dashboard.about(said) : said}</span>
    </span>
  );
}

const PILL = 'inline-flex items-center gap-1 rounded-full px-2.5 py-1 text-sm font-semibold';
const HINT = 'border border-dashed border-edge text-muted';
