import { TriangleAlert } from 'lucide-react';

import { Button } from '@/components/ui/Button';
import { useMeterPreferences } from '@/hooks/meter-texts';
import type { ExplanationOut, OutcomeOut, OutlookOut } from '@/lib/api';

const DAY_S = 86_400;
export type Explanation = ExplanationOut['code'];

/** The read before, the range to expect, and what the typed value comes to. */
export function Outlook({ outlook }: { outlook: OutlookOut }) {
  const { texts: t, format } = useMeterPreferences();
  const { previous, next, low, high, outcome } = outlook;
  return (
    <div aria-live="polite" className="flex flex-col gap-1 text-sm text-muted">
      <p>
        {previous
          ? t.reads.last(format.exact(previous.value), format.moment(previous.read_at))
          : t.reads.first}
      </p>
      {next && <p>{t.reads.next(format.exact(next.value), format.moment(next.read_at))}</p>}
      {low !== null && high !== null && (
        <p>{t.reads.expected(format.number(low), format.number(high))}</p>
      )}
      {outcome && !outcome.refusal && <Use outcome={outcome} unit={outlook.unit} />}
    </div>
  );
}

function Use({ outcome, unit }: { outcome: OutcomeOut; unit: string }) {
  const { texts: t, format } = useMeterPreferences();
  const { use, seconds, average_per_day: perDay } = outcome;
  if (use === null || seconds === null || perDay === null) return null;
  const days = seconds / DAY_S;
  return (
    <>
      <p className="text-base font-medium text-ink">
        {t.reads.used(
          format.quantity(use, unit),
          t.count.days(days, format.number(days, 1)),
          format.quantity(perDay, unit),
        )}
      </p>
      {outcome.is_rollover && <p>{t.reads.rolled}</p>}
      {outcome.is_usual === false && (
        <p className="flex items-center gap-2 text-ink">
          <TriangleAlert aria-hidden className="size-4 shrink-0" />
          {t.reads.unusual}
        </p>
      )}
    </>
  );
}

type RefusalProps = { outcome: OutcomeOut; onChoose: (why: Explanation) => void };

/** Why a value cannot be recorded; each likely reason leads to what to do about it. */
export function Refusal({ outcome, onChoose }: RefusalProps) {
  const { texts: t } = useMeterPreferences();
  const { refusal } = outcome;
  if (!refusal) return null;
  const isBackwards = refusal.explanations.length > 0;
  return (
    <section
      role="alert"
      className="flex flex-col gap-3 rounded-xl border border-danger/40 bg-danger-soft p-4"
    >
      <p className="font-semibold">{isBackwards ? t.reads.backwards : t.reads.notPossible}</p>
      {isBackwards ? (
        <p>{t.reads.backwardsLead}</p>
      ) : (
        <p lang="en" className="text-sm">
          {refusal.detail}
        </p>
      )}
      {isBackwards && (
        <ul className="flex flex-col gap-2">
          {refusal.explanations.map(({ code, possible }) => {
            const name = code === 'rollover' && !possible ? 'rolloverUnknown' : code;
            return (
              <li key={code} className="flex flex-wrap items-center justify-between gap-2">
                <span className="min-w-0 flex-1 basis-52">{t.reads.explain[name]}</span>
                <Button size="sm" onClick={() => onChoose(code)}>
                  {t.reads.act[name]}
                </Button>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}
