import { useForm, useWatch, type FieldPath } from 'react-hook-form';

import { CurrencySelect } from '@/components/common/CurrencySelect';
import { ProblemMessage } from '@/components/common/ProblemMessage';
import { TimeZoneSelect } from '@/components/common/TimeZoneSelect';
import { useSaveMe } from '@/components/settings/use-save-me';
import { Button } from '@/components/ui/Button';
import { Input } from '@/components/ui/controls';
import { Field } from '@/components/ui/Field';
import { useAppTexts } from '@/hooks/app-texts';
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
  const t = useAppTexts();
  const me = useMe();
  const isOwner = me.account.role === 'owner';
  const { register, handleSubmit, setError, reset, formState, control } = useForm<Values>({
    defaultValues: valuesOf(me),
  });
  const { save, isPending, problem } = useSaveMe<Values>(FIELDS, setError, (saved) =>
    reset(valuesOf(saved)),
  );
  const zone = useWatch({ control, name: 'time_zone' });
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
          <CurrencySelect
            current={me.account.currency}
            disabled={!isOwner}
            {...field}
            {...register('currency')}
          />
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
