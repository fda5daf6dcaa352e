import { useForm, useWatch, type FieldPath } from 'react-hook-form';

import { ProblemMessage } from '@/components/common/ProblemMessage';
import { TimeZoneSelect } from '@/components/common/TimeZoneSelect';
import { useSaveMe } from '@/components/settings/use-save-me';
import { Button } from '@/components/ui/Button';
import { Input, Select } from '@/components/ui/controls';
import { Field } from '@/components/ui/Field';
import { usePreferences } from '@/context/preferences';
import { useMe } from '@/context/session';
import type { Me } from '@/lib/api';

type Values = { account_name: string; time_zone: string; currency: string };
const FIELDS: readonly FieldPath<Values>[] = ['account_name', 'time_zone', 'currency'];
const MAX_NAME = 200;

const valuesOf = ({ account }: Me): Values => ({
  account_name: account.name,
  time_zone: account.time_zone,
  currency: account.currency,
});

export function AccountForm() {
  const { texts: t, locale } = usePreferences();
  const me = useMe();
  const isOwner = me.account.role === 'owner';
  const { register, handleSubmit, setError, reset, formState, control } = useForm<Values>({
    defaultValues: valuesOf(me),
  });
  const { save, isPending, problem } = useSaveMe<Values>(FIELDS, setError, (saved) =>
    reset(valuesOf(saved)),
  );
  const zone = useWatch({ control, name: 'time_zone' });
  const names = new Intl.DisplayNames(locale, { type: 'currency' });
  const currencies = [
    ...new Set([me.account.currency, ...Intl.supportedValuesOf('currency')]),
  ].sort();
  return (
    <form
      noValidate
      className="grid gap-4 sm:grid-cols-2"
      onSubmit={(event) => void handleSubmit((values) => save(values))(event)}
    >
      <Field
        label={t.settings.accountName}
        className="sm:col-span-2"
        error={formState.errors.account_name?.message}
      >
        {(field) => (
          <Input
            maxLength={MAX_NAME}
            readOnly={!isOwner}
            {...field}
            {...register('account_name', { required: t.valid.required })}
          />
        )}
      </Field>
      <Field label={t.auth.timeZone} error={formState.errors.time_zone?.message}>
        {(field) => (
          <TimeZoneSelect
            current={zone}
            disabled={!isOwner}
            {...field}
            {...register('time_zone')}
          />
        )}
      </Field>
      <Field label={t.auth.currency} error={formState.errors.currency?.message}>
        {(field) => (
          <Select disabled={!isOwner} {...field} {...register('currency')}>
            {currencies.map((code) => (
              <option key={code} value={code}>
                {code} – {names.of(code)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {problem && (
        <div className="sm:col-span-2">
          <ProblemMessage error={problem} />
        </div>
      )}
      <div className="sm:col-span-2">
        {isOwner ? (
          <Button type="submit" disabled={isPending || !formState.isDirty}>
            {isPending ? t.common.saving : t.common.save}
          </Button>
        ) : (
          <p className="text-sm text-muted">{t.settings.ownerOnly}</p>
        )}
      </div>
    </form>
  );
}
