import { useEffect, useState } from 'react';

export const MIN_PASSWORD = 12;
const MIN_SCORE = 3;
const MAX_READ = 72;

export type Estimate = { score: number; warning: string };
type Estimator = typeof import('zxcvbn');

let loading: Promise<Estimator> | null = null;

// The word lists weigh more than the rest of the page: they come when someone begins to type.
const load = (): Promise<Estimator> =>
  (loading ??= import('zxcvbn').then((found) => found.default as unknown as Estimator));

/** Judges a password as the server does: the same estimate, words and limits; null while unknown. */
export function usePasswordStrength(password: string, words: readonly string[]): Estimate | null {
  const [estimate, setEstimate] = useState<Estimate | null>(null);
  const context = words.join('\n');
  useEffect(() => {
    if (password === '') return;
    let isCurrent = true;
    void load().then((zxcvbn) => {
      if (!isCurrent) return;
      const known = context.split('\n').filter(Boolean);
      const inputs = [...known, ...known.flatMap((word) => word.split('@')), 'consumo'];
      const { score, feedback } = zxcvbn(password.normalize('NFC').slice(0, MAX_READ), inputs);
      setEstimate({ score, warning: feedback.warning });
    });
    return () => {
      isCurrent = false;
    };
  }, [password, context]);
  return password === '' ? null : estimate;
}

export const isStrong = (password: string, estimate: Estimate): boolean =>
  [...password.normalize('NFC')].length >= MIN_PASSWORD && estimate.score >= MIN_SCORE;
