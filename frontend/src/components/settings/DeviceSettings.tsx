import { Segmented, Select } from '@/components/ui/controls';
import { Field } from '@/components/ui/Field';
import { useAppPreferences } from '@/hooks/app-texts';
import { useMe } from '@/context/session';
import { useUpdateMe } from '@/hooks/account';
import { LOCALES } from '@/i18n';
import { todayIn } from '@/lib/days';
import type { Theme } from '@/lib/preference-store';
import { UNITS, unitName, UTILITIES } from '@/lib/units';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

/** Language, looks and units: kept here at once, the language also with the account of an owner. */
export function DeviceSettings() {
  const { texts: t, format, locale, timeZone, preferences, change } = useAppPreferences();
  const { account } = useMe();
  const update = useUpdateMe();
  const options = LOCALES.some((one) => one.value === locale)
    ? LOCALES
    : [{ value: locale, name: locale }, ...LOCALES];
  const chooseLocale = (next: string) => {
    change({ locale: next });
    if (account.role === 'owner') update.mutate({ locale: next });
  };
  return (
    <div className="flex flex-col gap-5">
      <div>
        <p aria-hidden className="mb-1.5 text-sm font-medium">
          {t.common.theme}
        </p>
        <Segmented
          label={t.common.theme}
          name="theme"
          value={preferences.theme}
          options={THEMES.map((theme) => ({ value: theme, label: t.common.themes[theme] }))}
          onChange={(theme) => change({ theme })}
          className="w-fit max-w-full max-[380px]:[&_label]:px-2 max-[380px]:[&_label]:text-sm"
        />
      </div>
      <Field
        label={t.settings.locale}
        hint={`${t.settings.localeExample}: ${format.number(1234.56, 2)} · ${format.day(todayIn(timeZone))}`}
      >
        {(field) => (
          <Select {...field} value={locale} onChange={({ target }) => chooseLocale(target.value)}>
            {options.map(({ value, name }) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <fieldset>
        <legend className="mb-1.5 text-sm font-medium">{t.settings.units}</legend>
        <div className="grid gap-3 sm:grid-cols-3">
          {UTILITIES.map((type) => (
            <Field
              key={type}
              label={<span className="font-normal text-muted">{t.utility[type]}</span>}
            >
              {(field) => (
                <Select
                  {...field}
                  value={preferences.units[type]}
                  onChange={({ target }) =>
                    change({ units: { ...preferences.units, [type]: target.value } })
                  }
                >
                  {UNITS[type].map((unit) => (
                    <option key={unit} value={unit}>
                      {unitName(unit)}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
          ))}
        </div>
        <p className="mt-2 text-sm text-muted">{t.settings.unitsHint}</p>
      </fieldset>
    </div>
  );
}
