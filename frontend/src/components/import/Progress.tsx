import { Button } from '@/components/ui/Button';
import { useAppTexts } from '@/hooks/app-texts';

type Props = { label: string; share: number; onStop?: () => void };

export function Progress({ label, share, onStop }: Props) {
  const t = useAppTexts();
  const isSent = share >= 1 || share === 0;
  return (
    <div role="status" className="card flex flex-wrap items-center gap-4 p-5">
      <label className="flex min-w-0 flex-1 flex-col gap-2">
        {label}
        <progress className="h-2 w-full accent-ink" max={1} value={isSent ? undefined : share} />
      </label>
      {onStop && <Button onClick={onStop}>{t.import.stop}</Button>}
    </div>
  );
}
