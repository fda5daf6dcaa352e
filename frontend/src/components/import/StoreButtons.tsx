import { Button } from '@/components/ui/Button';
import { useFormat, useTexts } from '@/context/preferences';
import type { ImportOut } from '@/lib/api';

type Props = { found: ImportOut; onStore: (mode: 'all' | 'valid') => void };

export function StoreButtons({ found, onStore }: Props) {
  const t = useTexts();
  const format = useFormat();
  const { added, rejected } = found.counts;
  if (added === 0) {
    return rejected === 0 ? <p className="text-muted">{t.import.nothingToAdd}</p> : null;
  }
  const lines = t.count.lines(added, format.number(added, 0));
  return (
    <div>
      <Button variant="primary" onClick={() => onStore(rejected > 0 ? 'valid' : 'all')}>
        {rejected > 0 ? t.import.importValid(lines) : t.import.importAll(lines)}
      </Button>
    </div>
  );
}
