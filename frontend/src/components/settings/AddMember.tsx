import { useForm } from 'react-hook-form';

import { ProblemMessage } from '@/components/common/ProblemMessage';
import { Button } from '@/components/ui/Button';
import { Input, Select } from '@/components/ui/controls';
import { Field } from '@/components/ui/Field';
import { useNotify } from '@/components/ui/Toast';
import { useAppTexts } from '@/hooks/app-texts';
import { ROLES, useChangeMembers, type Role } from '@/hooks/accounts';
import { useFieldText } from '@/hooks/problem-text';
import { toProblem } from '@/lib/problem';

type Values = { login: string; role: Role };

/** Adds somebody who has registered, by e-mail or user name. */
export function AddMember() {
  const t = useAppTexts();
  const notify = useNotify();
  const say = useFieldText();
  const add = useChangeMembers();
  const { register, handleSubmit, setError, reset, formState } = useForm<Values>({
    defaultValues: { login: '', role: 'viewer' },
  });
  const submit = ({ login, role }: Values) => {
    if (add.isPending) return;
    const name = login.trim();
    const body = name.includes('@') ? { email: name, role } : { username: name, role };
    add.mutate(
      { kind: 'add', body },
      {
        onSuccess: () => {
          reset({ login: '', role });
          notify({ text: t.members.added(name, t.roles[role]) });
        },
        onError: (error) => {
          const [first] = toProblem(error).fields;
          if (first) setError('login', { message: say(...first) }, { shouldFocus: true });
        },
      },
    );
  };
  const problem = add.error && toProblem(add.error);
  return (
    <form
      noValidate
      className="mt-5 grid items-start gap-3 border-t border-line pt-5 sm:grid-cols-[minmax(0,1fr)_10rem_auto]"
      onSubmit={(event) => void handleSubmit(submit)(event)}
    >
      <Field label={t.members.who} hint={t.members.whoHint} error={formState.errors.login?.message}>
        {(field) => (
          <Input
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={120}
            {...field}
            {...register('login', { required: t.valid.required })}
          />
        )}
      </Field>
      <Field label={t.members.role}>
        {(field) => (
          <Select {...field} {...register('role')}>
            {ROLES.map((role) => (
              <option key={role} value={role}>
                {t.roles[role]}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Button type="submit" className="sm:mt-[1.6875rem]" aria-disabled={add.isPending}>
        {t.common.add}
      </Button>
      {problem && problem.fields.size === 0 && (
        <div className="sm:col-span-3">
          <ProblemMessage error={problem} />
        </div>
      )}
    </form>
  );
}
