import type { ConsumptionType } from '@/lib/api';
import { isUtility } from '@/lib/units';

const KEY = 'consumo.last-entry';

export type LastEntry = { type: ConsumptionType; unit: string; meterId: string; accountId: number };

/** What was entered last in this account, to offer it again. */
export function lastEntry(accountId: number): LastEntry | null {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? 'null') as LastEntry | null;
    return stored && stored.accountId === accountId && isUtility(stored.type) ? stored : null;
  } catch {
    return null;
  }
}

export function rememberEntry(entry: LastEntry): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(entry));
  } catch {
    // Without storage the form starts with its defaults.
  }
}
