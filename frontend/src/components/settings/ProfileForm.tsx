import { useForm, type FieldPath } from 'react-hook-form';

import { ProblemMessage } from '@/components/common/ProblemMessage';
import { useSaveMe } from '@/components/settings/use-save-me';
import { Button } from '@/components/ui/Button';
import { Input } from '@/components/ui/controls';
import { Field } from '@/components/ui/Field';
import { useTexts } from '@/context/preferences';
import { useMe, useSession } from '@/context/session';
import type { Me } from '@/lib/api';

type Values = { first_name: string; last_name: string };
const FIELDS: readonly FieldPath<Values>[] = ['first_name', 'last_name'];
const MAX_NAME = 100;

const valuesOf = ({ user }: Me): Values => ({
  first_name: user.first_name ?? '',
  last_name: user.last_name ?? '',
});

export function ProfileForm() {
  const t = useTexts();
  const me = useMe();
  const { isGuest } = useSession();
  const { register, handleSubmit, setError, reset, formState } = useForm<Values>({
    defaultValues: valuesOf(me),
  });
  const { save, isPending, problem } = useSaveMe<Values>(FIELDS, setError, (saved) =>
    reset(valuesOf(saved)),
  );
  const submit = ({ first_name, last_name }: Values) =>
    save({ first_name: first_name.trim() || null, last_name: last_name.trim() || null });
  return (
    <form
      noValidate
      className="grid gap-4 sm:grid-cols-2"
      onSubmit={(event) => void handleSubmit(submit)(event)}
    >
      <Field label={t.auth.username}>
        {(field) => (
          <Input
            {...field}
            readOnly
            value={me.user.username}
            autoComplete="username"
            className="bg-raised"
          />
        )}
      </Field>
      <Field label={t.auth.email}>
        {(field) => <Input {...field} readOnly value={me.user.email} className="bg-raised" />}
      </Field>
      <Field label={t.auth.firstName} isOptional error={formState.errors.first_name?.message}>
        {(field) => (
          <Input
            autoComplete="given-name"
            maxLength={MAX_NAME}
            readOnly={isGuest}
            {...field}
            {...register('first_name')}
          />
        )}
      </Field>
      <Field label={t.auth.lastName} isOptional error={formState.errors.last_name?.message}>
        {(field) => (
          <Input
            autoComplete="family-name"
            maxLength={MAX_NAME}
            readOnly={isGuest}
            {...field}
            {...register('last_name')}
          />
        )}
      </Field>
      {problem && (
        <div className="sm:col-span-2">
          <ProblemMessage error={problem} />
        </div>
      )}
      {!isGuest && (
        <div className="sm:col-span-2">
          <Button type="submit" disabled={isPending || !formState.isDirty}>
            {isPending ? t.common.saving : t.common.save}
          </Button>
        </div>
      )}
    </form>
  );
}
