'use client';

import {
  createContext,
  use,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
  type ReactNode,
} from 'react';

import { useSession } from '@/context/session';
import { defaultTexts, languageOf, loadTexts, textsOf, type Language, type Texts } from '@/i18n';
import { createFormat, type Format } from '@/lib/format';
import { preferenceStore, type Preferences, type Theme } from '@/lib/preference-store';

type Value = {
  texts: Texts;
  format: Format;
  locale: string;
  timeZone: string;
  preferences: Preferences;
  change: (change: Partial<Preferences>) => void;
};

const Context = createContext<Value | null>(null);
const SYSTEM_DARK = '(prefers-color-scheme: dark)';

function showTheme(theme: Theme): void {
  const isDark = theme === 'dark' || (theme === 'system' && matchMedia(SYSTEM_DARK).matches);
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
}

/** Language, formats and looks: a choice made here, else the account's, else the browser's. */
export function PreferencesProvider({ children }: { children: ReactNode }) {
  const { me } = useSession();
  const preferences = useSyncExternalStore(
    preferenceStore.subscribe,
    preferenceStore.get,
    preferenceStore.getOnServer,
  );
  const locale = preferences.locale ?? specific(me?.account.locale) ?? preferences.browserLocale;
  const timeZone = me?.account.time_zone ?? 'UTC';
  const texts = useLoadedTexts(languageOf(locale));

  useEffect(() => {
    showTheme(preferences.theme);
    const media = matchMedia(SYSTEM_DARK);
    const follow = () => showTheme(preferences.theme);
    media.addEventListener('change', follow);
    return () => media.removeEventListener('change', follow);
  }, [preferences.theme]);

  // Someone who reads in the account's language goes on reading in it after logging out.
  const isSignedIn = me !== null;
  const isOwnLocale = preferences.isKnown && preferences.locale === locale;
  useEffect(() => {
    if (isSignedIn && !isOwnLocale && preferences.browserLocale !== locale) {
      preferenceStore.change({ locale });
    }
  }, [isSignedIn, isOwnLocale, preferences.browserLocale, locale]);

  useEffect(() => {
    document.documentElement.lang = locale;
    if (preferences.isKnown && texts) delete document.documentElement.dataset.pending;
  }, [locale, preferences.isKnown, texts]);

  const value = useMemo(
    () => ({
      texts: texts ?? defaultTexts,
      format: createFormat(locale, timeZone),
      locale,
      timeZone,
      preferences,
      change: preferenceStore.change,
    }),
    [texts, locale, timeZone, preferences],
  );
  return <Context value={value}>{children}</Context>;
}

function useLoadedTexts(language: Language): Texts | undefined {
  const [, setArrived] = useState<Language>('en');
  useEffect(() => {
    // Without the network the page stays in English, which is better than staying blank.
    loadTexts(language)
      .then(() => setArrived(language))
      .catch(() => setArrived(language));
  }, [language]);
  return textsOf(language);
}

// "en" alone is what every account starts with, so it says nothing about how dates are written.
const specific = (locale: string | undefined): string | null =>
  locale && locale !== 'en' ? locale : null;

export function usePreferences(): Value {
  const value = use(Context);
  if (!value) throw new Error('PreferencesProvider is missing');
  return value;
}

export const useTexts = (): Texts => usePreferences().texts;
export const useFormat = (): Format => usePreferences().format;
