import { useFormat } from '@/context/preferences';
import { useMeterTexts } from '@/hooks/meter-texts';
import type { Day } from '@/lib/days';

type Props = { span: string; at: Day; onLook: (span: string, day: Day) => void };

const ORDER = ['years', 'year', 'month', 'day'];

/** Where one is between all years and one day: 2026 › March › 14 March. */
export function Trail({ span, at, onLook }: Props) {
  const t = useMeterTexts();
  const format = useFormat();
  const names: Record<string, string> = {
    years: t.meterData.allYears,
    year: at.slice(0, 4),
    month: format.day(at, 'monthLong'),
    day: format.day(at, 'dayMonth'),
  };
  const steps = ORDER.slice(0, ORDER.indexOf(span) + 1);
  return (
    <nav aria-label={t.meterData.trail} className="mb-3 text-sm">
      <ol className="flex flex-wrap items-center gap-x-1.5">
        {steps.map((step) => (
          <li key={step} className="flex items-center gap-1.5">
            {step !== 'years' && (
              <span aria-hidden className="text-muted">
                ›
              </span>
            )}
            {step === span ? (
              <span aria-current="page" className="px-1 py-2.5 font-medium">
                {names[step]}
              </span>
            ) : (
              <button
                type="button"
                className="link min-h-11 px-1 font-normal"
                onClick={() => onLook(step, at)}
              >
                {names[step]}
              </button>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}
