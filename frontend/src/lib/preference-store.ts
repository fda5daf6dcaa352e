import type { ConsumptionType } from '@/lib/api';
import { LOCALES } from '@/i18n';

export type Theme = 'system' | 'light' | 'dark';

export type Preferences = {
  theme: Theme;
  /** Chosen here; null follows the account, then the browser. */
  locale: string | null;
  browserLocale: string;
  /** The unit that forms offer first. */
  units: Record<ConsumptionType, string>;
  /** False only in the prerendered page, which knows no browser. */
  isKnown: boolean;
};

export const PREFERENCES_KEY = 'consumo.preferences';

const DEFAULTS: Preferences = {
  theme: 'system',
  locale: null,
  browserLocale: 'en-GB',
  units: { electricity: 'kWh', water: 'm³', gas: 'm³' },
  isKnown: false,
};

const listeners = new Set<() => void>();
let current: Preferences | null = null;

/** The browser's own locale where it is in one of our languages, with its region. */
function browserLocale(): string {
  const wanted = navigator.languages.find((one) => /^(en|es)\b/.test(one));
  if (!wanted) return DEFAULTS.browserLocale;
  const isSpecific = wanted.includes('-');
  return isSpecific
    ? wanted
    : (LOCALES.find((one) => one.value.startsWith(wanted))?.value ?? wanted);
}

function read(): Preferences {
  let stored: Partial<Preferences> = {};
  try {
    stored = JSON.parse(localStorage.getItem(PREFERENCES_KEY) ?? '{}') as Partial<Preferences>;
  } catch {
    // Blocked or broken storage: the defaults serve.
  }
  return {
    ...DEFAULTS,
    ...stored,
    units: { ...DEFAULTS.units, ...stored.units },
    browserLocale: browserLocale(),
    isKnown: true,
  };
}

export const preferenceStore = {
  get: (): Preferences => (current ??= read()),
  getOnServer: (): Preferences => DEFAULTS,
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  change(change: Partial<Preferences>): void {
    current = { ...preferenceStore.get(), ...change };
    preferenceStore.keep();
    listeners.forEach((listener) => listener());
  },
  /** Writes down what holds now. */
  keep(): void {
    const { theme, locale, units } = preferenceStore.get();
    try {
      localStorage.setItem(PREFERENCES_KEY, JSON.stringify({ theme, locale, units }));
    } catch {
      // Without storage the choice lasts until the page is closed.
    }
  },
};
