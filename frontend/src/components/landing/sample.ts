import type { ConsumptionType } from '@/lib/api';

export type Sample = {
  unit: string;
  total: number;
  change: number;
  now: (number | null)[];
  before: number[];
  estimated: number[];
};

const WAVE = [0, 0.6, -0.4, 0.9, -0.7, 0.2, 1.1, -0.3, 0.5, -0.9, 0.8, -0.1];

function month(level: number, swing: number, days: number): number[] {
  return Array.from({ length: days }, (_, day) => {
    const weekend = day % 7 === 5 || day % 7 === 6 ? swing * 0.5 : 0;
    const value = level + swing * (WAVE[(day * 5) % WAVE.length] ?? 0) + weekend;
    return Math.round(value * 100) / 100;
  });
}

const DAYS = 30;
const SO_FAR = 24;

function sample(unit: string, level: number, swing: number, change: number): Sample {
  const now: (number | null)[] = month(level, swing, SO_FAR);
  now[2] = null;
  now[3] = null;
  const total = now.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  const before = month(level * (1 - change / 100), swing * 0.8, DAYS + 4).slice(4);
  return { unit, total, change, now, before, estimated: [9, 10] };
}

/** An invented November, the same in every browser, to show what the product looks like. */
export const SAMPLES: Record<ConsumptionType, Sample> = {
  electricity: sample('kWh', 10.2, 2.6, -8),
  water: sample('m³', 0.36, 0.09, 3),
  gas: sample('m³', 1.95, 0.7, -4),
};
