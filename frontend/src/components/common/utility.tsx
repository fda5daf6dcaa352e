import { Droplet, Flame, Zap, type LucideIcon } from 'lucide-react';

import { useTexts } from '@/context/preferences';
import type { ConsumptionType } from '@/lib/api';
import { cn } from '@/lib/cn';

/** What each utility looks like: colour is never the only difference. */
export const LOOKS: Record<
  ConsumptionType,
  { icon: LucideIcon; text: string; soft: string; bar: string; fill: string; dash: number[] }
> = {
  electricity: {
    icon: Zap,
    text: 'text-electricity',
    soft: 'bg-electricity-soft',
    bar: 'text-electricity-bar',
    fill: '--electricity-bar',
    dash: [2, 3],
  },
  water: {
    icon: Droplet,
    text: 'text-water',
    soft: 'bg-water-soft',
    bar: 'text-water-bar',
    fill: '--water-bar',
    dash: [7, 3],
  },
  gas: {
    icon: Flame,
    text: 'text-gas',
    soft: 'bg-gas-soft',
    bar: 'text-gas-bar',
    fill: '--gas-bar',
    dash: [8, 3, 2, 3],
  },
};

export function UtilityIcon({ type, className }: { type: ConsumptionType; className?: string }) {
  const { icon: Icon, text, soft } = LOOKS[type];
  return (
    <span
      className={cn(
        'inline-grid size-9 shrink-0 place-items-center rounded-[10px]',
        soft,
        text,
        className,
      )}
    >
      <Icon aria-hidden className="size-[1.125rem]" fill="currentColor" strokeWidth={1.5} />
    </span>
  );
}

export function UtilityBadge({ type }: { type: ConsumptionType }) {
  const t = useTexts();
  const { text, soft } = LOOKS[type];
  return (
    <span className={cn('inline-block rounded-full px-2.5 py-0.5 text-sm font-medium', text, soft)}>
      {t.utility[type]}
    </span>
  );
}
