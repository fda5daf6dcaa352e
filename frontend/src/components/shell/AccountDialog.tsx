import { useMemo, useState } from 'react';
import { useForm, type FieldPath } from 'react-hook-form';

import { CurrencySelect } from '@/components/common/CurrencySelect';
import { ProblemMessage } from '@/components/common/ProblemMessage';
import { TimeZoneSelect } from '@/components/common/TimeZoneSelect';
import { Button } from '@/components/ui/Button';
import { Input } from '@/components/ui/controls';
import { Dialog } from '@/components/ui/Dialog';
import { Field } from '@/components/ui/Field';
import { useAppPreferences } from '@/hooks/app-texts';
import { useMe } from '@/context/session';
import { useCreateAccount, useSwitchAccount } from '@/hooks/accounts';
import { useFieldText } from '@/hooks/problem-text';
import type { AccountCreate } from '@/lib/api';
import { bodyResolver, showOnFields } from '@/lib/forms';
import { makeKeyring } from '@/lib/keyring';
import { toProblem } from '@/lib/problem';

type Values = { name: string; time_zone: string; currency: string };
const FIELDS: readonly FieldPath<Values>[] = ['name', 'time_zone', 'currency'];

/** Another account of the same person; it is opened once it is there. */
export default function AccountDialog({ onClose }: { onClose: () => void }) {
  const { texts: t, format, locale } = useAppPreferences();
  const say = useFieldText();
  const { account } = useMe();
  const create = useCreateAccount();
  const enter = useSwitchAccount();
  const [keyOf] = useState(makeKeyring);
  const resolver = useMemo(
    () =>
      bodyResolver<Values, AccountCreate>(
        (schemas) => schemas.zAccountCreate,
        ({ name, ...rest }) => ({ name: name.trim(), ...rest, locale }),
        t,
        format,
      ),
    [t, format, locale],
  );
  const form = useForm<Values, unknown, AccountCreate>({
    resolver,
    defaultValues: { name: '', time_zone: account.time_zone, currency: account.currency },
  });
  const isBusy = create.isPending || enter.isPending;
  const submit = async (body: AccountCreate) => {
    if (isBusy) return;
    try {
      const made = await create.mutateAsync({ body, key: keyOf(body) });
      await enter.mutateAsync(made.id);
      onClose();
    } catch (error) {
      showOnFields(toProblem(error), FIELDS, form.setError, say);
    }
  };
  const { errors } = form.formState;
  const error = create.error ?? enter.error;
  const problem = error && toProblem(error);
  return (
    <Dialog title={t.shell.newAccount} isOpen onClose={onClose}>
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => void form.handleSubmit(submit)(event)}
      >
        <p className="text-muted">{t.shell.newAccountLead}</p>
        <Field label={t.settings.accountName} error={errors.name?.message}>
          {(field) => <Input autoComplete="off" {...field} {...form.register('name')} />}
        </Field>
        <Field label={t.auth.timeZone} error={errors.time_zone?.message}>
          {(field) => (
            <TimeZoneSelect
              current={account.time_zone}
              {...field}
              {...form.register('time_zone')}
            />
          )}
        </Field>
        <Field label={t.auth.currency} error={errors.currency?.message}>
          {(field) => (
            <CurrencySelect current={account.currency} {...field} {...form.register('currency')} />
          )}
        </Field>
        {problem && problem.fields.size === 0 && <ProblemMessage error={problem} />}
        <div className="mt-2 flex flex-wrap justify-end gap-2.5">
          <Button onClick={onClose}>{t.common.cancel}</Button>
          <Button type="submit" variant="primary" aria-disabled={isBusy}>
            {isBusy ? t.auth.creating : t.common.create}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
