import { ArrowDown, ArrowUp, Equal } from 'lucide-react';

import { useFormat, useTexts } from '@/context/preferences';
import { cn } from '@/lib/cn';

const SAME_BELOW = 0.05;

/** More or less than before: said in words to a screen reader, by arrow and colour to the eye. */
export function Change({ percent, className }: { percent: number | null; className?: string }) {
  const t = useTexts();
  const format = useFormat();
  if (percent === null) return null;
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
    <span
      className={cn(
        'inline-flex items-center gap-1 rounded-full px-2.5 py-1 text-sm font-semibold',
        look,
        className,
      )}
    >
      <Icon aria-hidden className="size-3.5" strokeWidth={2.75} />
      <span aria-hidden>{shown}</span>
      <span className="sr-only">{said}</span>
    </span>
  );
}
