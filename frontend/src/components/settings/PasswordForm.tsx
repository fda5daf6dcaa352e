import { useForm, useWatch, type FieldPath } from 'react-hook-form';

import { PasswordInput } from '@/components/common/PasswordInput';
import { PasswordStrength } from '@/components/common/PasswordStrength';
import { ProblemMessage } from '@/components/common/ProblemMessage';
import { Button } from '@/components/ui/Button';
import { Field } from '@/components/ui/Field';
import { useNotify } from '@/components/ui/Toast';
import { useAppTexts } from '@/hooks/app-texts';
import { useMe } from '@/context/session';
import { useChangePassword } from '@/hooks/account';
import { isStrong, usePasswordStrength } from '@/hooks/password-strength';
import { useFieldText } from '@/hooks/problem-text';
import type { PasswordChange } from '@/lib/api';
import { showOnFields } from '@/lib/forms';
import { toProblem } from '@/lib/problem';

const FIELDS: readonly FieldPath<PasswordChange>[] = ['current_password', 'new_password'];
const EMPTY: PasswordChange = { current_password: '', new_password: '' };

export function PasswordForm() {
  const t = useAppTexts();
  const say = useFieldText();
  const notify = useNotify();
  const { user } = useMe();
  const change = useChangePassword();
  const { register, handleSubmit, setError, reset, control, formState } = useForm<PasswordChange>({
    defaultValues: EMPTY,
  });
  const password = useWatch({ control, name: 'new_password' });
  const estimate = usePasswordStrength(password, [user.username, user.email]);
  const submit = (body: PasswordChange) => {
    if (change.isPending) return;
    if (estimate && !isStrong(password, estimate)) {
      setError(
        'new_password',
        { message: t.auth.warnings[estimate.warning] ?? t.auth.tooEasy },
        { shouldFocus: true },
      );
      return;
    }
    change.mutate(body, {
      onSuccess: () => {
        reset(EMPTY);
        notify({ text: t.settings.passwordChanged });
      },
      onError: (error) => void showOnFields(toProblem(error), FIELDS, setError, say),
    });
  };
  const problem = change.error && toProblem(change.error);
  const required = { required: t.valid.required };
  return (
    <form
      noValidate
      className="flex max-w-md flex-col gap-4"
      onSubmit={(event) => void handleSubmit(submit)(event)}
    >
      <input type="text" autoComplete="username" value={user.username} readOnly hidden />
      <Field label={t.settings.currentPassword} error={formState.errors.current_password?.message}>
        {(field) => (
          <PasswordInput
            autoComplete="current-password"
            {...field}
            {...register('current_password', required)}
          />
        )}
      </Field>
      <Field
        label={t.settings.newPassword}
        error={formState.errors.new_password?.message}
        hint={<PasswordStrength password={password} estimate={estimate} />}
      >
        {(field) => (
          <PasswordInput
            autoComplete="new-password"
            {...field}
            {...register('new_password', required)}
          />
        )}
      </Field>
      {problem && problem.fields.size === 0 && <ProblemMessage error={problem} />}
      <Button type="submit" className="self-start" disabled={change.isPending}>
        {change.isPending ? t.common.saving : t.settings.changePassword}
      </Button>
    </form>
  );
}
