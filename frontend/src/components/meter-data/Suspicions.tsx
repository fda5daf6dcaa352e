import { DayLink } from '@/components/meter-data/DayLink';
import { More } from '@/components/meter-data/QualityPanel';
import { useCorrect } from '@/components/meter-data/use-correct';
import { useMeterView } from '@/components/meter-data/use-meter-view';
import { Button } from '@/components/ui/Button';
import { useSession } from '@/context/session';
import type { CorrectionIn, MeterOut, QualityOut, SuspicionOut } from '@/lib/api';

type Props = { data: QualityOut; meter: MeterOut };

/** Values that look wrong: one click corrects them, another says that they are right. */
export function Suspicions({ data, meter }: Props) {
  const { t } = useMeterView(meter);
  const correct = useCorrect(meter.id);
  if (data.suspicious.length === 0) {
    return <p className="text-muted">{t.meterData.suspiciousNone}</p>;
  }
  return (
    <>
      <ul>
        {data.suspicious.map((one) => (
          <Suspicion
            key={one.id}
            one={one}
            meter={meter}
            timeZone={data.time_zone}
            isBusy={correct.isPending}
            onCorrect={(action) => {
              if (!correct.isPending) {
                void correct.run({ from: one.start, to: one.end, action });
              }
            }}
          />
        ))}
      </ul>
      <More shown={data.suspicious.length} total={data.suspicious_count} meter={meter} />
    </>
  );
}

type OneProps = {
  one: SuspicionOut;
  meter: MeterOut;
  timeZone: string;
  isBusy: boolean;
  onCorrect: (action: CorrectionIn['action']) => void;
};

function Suspicion({ one, meter, timeZone, isBusy, onCorrect }: OneProps) {
  const { t, format, quantity, clockOf } = useMeterView(meter);
  const { mayWrite } = useSession();
  const clock = clockOf(timeZone);
  const start = Date.parse(one.start) / 1000;
  const when = clock.moment(start);
  const facts = [
    quantity(one.amount),
    t.meterData.intervals(one.intervals, format.number(one.intervals, 0)),
  ];
  const acts = [
    { action: one.fix, label: t.meterData.fixes[one.fix] },
    { action: 'accept', label: t.meterData.itIsRight },
  ] as const;
  return (
    <li className="flex min-h-16 flex-wrap items-center gap-x-4 gap-y-1 border-t border-line py-2.5 first:border-0">
      <div className="min-w-0 flex-1">
        <p>{t.meterData.kinds[one.kind]}</p>
        <p className="text-sm text-muted">
          <DayLink day={clock.day(start)}>{when}</DayLink> · {facts.join(' · ')}
        </p>
      </div>
      {mayWrite && !meter.archived_at && (
        <div className="flex flex-wrap gap-2">
          {acts.map(({ action, label }) => (
            <Button
              key={action}
              size="sm"
              aria-disabled={isBusy}
              aria-label={t.meterData.fixOne(label, when)}
              onClick={() => onCorrect(action)}
            >
              {label}
            </Button>
          ))}
        </div>
      )}
    </li>
  );
}
