import { Select } from '@/components/ui/controls';
import { usePreferences } from '@/context/preferences';
import { languageOf, LANGUAGES, LOCALES, type Language } from '@/i18n';

/** Chooses the language before there is an account to ask. */
export function LanguageSelect() {
  const { texts: t, locale, preferences, change } = usePreferences();
  const choose = (language: Language) => {
    const isBrowsers = languageOf(preferences.browserLocale) === language;
    const first = LOCALES.find((one) => one.value.startsWith(language))?.value ?? language;
    change({ locale: isBrowsers ? preferences.browserLocale : first });
  };
  return (
    <Select
      aria-label={t.common.language}
      className="!w-auto !border-line text-[0.9375rem]"
      value={languageOf(locale)}
      onChange={({ target }) => choose(target.value as Language)}
    >
      {Object.entries(LANGUAGES).map(([value, name]) => (
        <option key={value} value={value} lang={value}>
          {name}
        </option>
      ))}
    </Select>
  );
}
