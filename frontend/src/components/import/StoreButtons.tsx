import { Button } from '@/components/ui/Button';
import { useFormat } from '@/context/preferences';
import { useAppTexts } from '@/hooks/app-texts';
import type { ImportOut } from '@/lib/api';
import { RECORDS } from '@/lib/import-formats';

type Props = { found: ImportOut; onStore: (mode: 'all' | 'valid') => void };

export function StoreButtons({ found, onStore }: Props) {
  const t = useAppTexts();
  const format = useFormat();
  const { added, changed, rejected } = found.counts;
  const taken = added + changed;
  if (taken === 0) {
    return rejected === 0 ? <p className="text-muted">{t.import.nothingToAdd}</p> : null;
  }
  const count = found.format === RECORDS ? t.count.lines : t.import.values;
  const lines = count(taken, format.number(taken, 0));
  return (
    <div>
      <Button variant="primary" onClick={() => onStore(rejected > 0 ? 'valid' : 'all')}>
        {rejected > 0 ? t.import.importValid(lines) : t.import.importAll(lines)}
      </Button>
    </div>
  );
}
