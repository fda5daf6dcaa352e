import { useTexts, useFormat } from '@/context/preferences';
import { isStrong, MIN_PASSWORD, type Estimate } from '@/hooks/password-strength';
import { cn } from '@/lib/cn';

const STEPS = [0, 1, 2, 3];

/** How the server will judge the password, while it is being typed. */
export function PasswordStrength({
  password,
  estimate,
}: {
  password: string;
  estimate: Estimate | null;
}) {
  const t = useTexts();
  const format = useFormat();
  const length = [...password.normalize('NFC')].length;
  const missing = MIN_PASSWORD - length;
  const isGood = estimate !== null && isStrong(password, estimate);
  const filled = password === '' || !estimate ? 0 : Math.max(1, estimate.score);
  const text =
    password === '' || !estimate
      ? t.auth.passwordHint
      : missing > 0
        ? t.auth.strengthShort(t.auth.characters(missing, format.number(missing, 0)))
        : [
            t.auth.strengths[estimate.score],
            !isGood && estimate.warning && (t.auth.warnings[estimate.warning] ?? estimate.warning),
          ]
            .filter(Boolean)
            .join('. ');
  return (
    <div>
      <div aria-hidden className="mb-1.5 grid grid-cols-4 gap-1.5">
        {STEPS.map((step) => (
          <span
            key={step}
            className={cn(
              'h-1.5 rounded-full',
              step >= filled ? 'bg-line' : isGood ? 'bg-ok' : 'bg-warn',
            )}
          />
        ))}
      </div>
      <p aria-live="polite">{text}</p>
    </div>
  );
}
