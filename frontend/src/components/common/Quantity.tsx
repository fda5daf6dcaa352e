import { useFormat } from '@/context/preferences';
import { unitName } from '@/lib/units';

/** An amount is never shown without its unit. */
export function Quantity({
  amount,
  unit,
  isExact,
}: {
  amount: number;
  unit: string;
  isExact?: boolean;
}) {
  const format = useFormat();
  return (
    <span className="whitespace-nowrap">
      {isExact ? format.exact(amount) : format.number(amount)}{' '}
      <span className="text-muted">{unitName(unit)}</span>
    </span>
  );
}
