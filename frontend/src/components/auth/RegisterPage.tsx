'use client';

import { useMutation } from '@tanstack/react-query';
import { Link } from '@/components/ui/Link';
import { useMemo, useSyncExternalStore } from 'react';
import { useForm, useWatch, type FieldPath } from 'react-hook-form';

import { AuthFrame } from '@/components/auth/AuthFrame';
import { useIsAlive } from '@/hooks/is-alive';
import { useFieldText } from '@/hooks/problem-text';
import { useWhenSignedIn } from '@/components/auth/use-when-signed-in';
import { PasswordInput } from '@/components/common/PasswordInput';
import { PasswordStrength } from '@/components/common/PasswordStrength';
import { ProblemMessage } from '@/components/common/ProblemMessage';
import { browserZone, TimeZoneSelect } from '@/components/common/TimeZoneSelect';
import { Button } from '@/components/ui/Button';
import { Field } from '@/components/ui/Field';
import { Input } from '@/components/ui/controls';
import { usePreferences } from '@/context/preferences';
import { useSession } from '@/context/session';
import { isStrong, usePasswordStrength } from '@/hooks/password-strength';
import type { Register } from '@/lib/api';
import { bodyResolver, showOnFields } from '@/lib/forms';
import { paths } from '@/lib/paths';
import { toProblem, type Finding } from '@/lib/problem';

type Values = Pick<Register, 'username' | 'email' | 'password'> & { time_zone: string };
const never = () => () => undefined;
const FIELDS: readonly FieldPath<Values>[] = ['username', 'email', 'password', 'time_zone'];

export function RegisterPage() {
  const { texts: t, format, locale } = usePreferences();
  const isAlive = useIsAlive();
  const fieldText = useFieldText();
  const { signIn } = useSession();
  const { leave } = useWhenSignedIn();
  const resolver = useMemo(
    () =>
      bodyResolver<Values, Register>(
        (schemas) => schemas.zRegister,
        (values) => ({
          ...values,
          time_zone: values.time_zone || browserZone(),
          username: values.username.trim(),
          email: values.email.trim(),
          locale,
        }),
        t,
        format,
      ),
    [t, format, locale],
  );
  const form = useForm<Values, unknown, Register>({
    resolver,
    defaultValues: { username: '', email: '', password: '', time_zone: '' },
  });
  const guessed = useSyncExternalStore(never, browserZone, () => 'UTC');
  const [username, email, password, zone] = useWatch({
    control: form.control,
    name: ['username', 'email', 'password', 'time_zone'],
  });
  const estimate = usePasswordStrength(password, [username, email]);
  const attempt = useMutation({
    mutationFn: async (body: Register) => {
      const api = await import('@/lib/api');
      return (await api.register({ body })).data;
    },
    onSuccess: (answer) => {
      signIn(answer);
      leave();
    },
  });

  const submit = (body: Register) => {
    if (attempt.isPending) return;
    if (estimate && !isStrong(password, estimate)) {
      const warning = t.auth.warnings[estimate.warning] ?? t.auth.tooEasy;
      form.setError('password', { message: warning }, { shouldFocus: true });
      return;
    }
    attempt.mutate(body, {
      onError: (error) => {
        const problem = toProblem(error);
        const say = (field: string, finding: Finding) =>
          problem.status === 409
            ? t.auth.taken(field === 'email' ? t.auth.email : t.auth.username)
            : fieldText(field, finding);
        showOnFields(problem, FIELDS, form.setError, say);
      },
    });
  };
  const { errors } = form.formState;
  const problem = attempt.error && toProblem(attempt.error);
  const isOnField =
    problem && [...problem.fields.keys()].some((name) => FIELDS.includes(name as 'email'));
  return (
    <AuthFrame title={t.auth.registerTitle} lead={t.auth.registerLead}>
      <form
        method="post"
        noValidate
        className="flex flex-col gap-5"
        onSubmit={(event) => void form.handleSubmit(submit)(event)}
      >
        <Field label={t.auth.username} error={errors.username?.message} hint={t.auth.usernameHint}>
          {(field) => (
            <Input
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              {...field}
              {...form.register('username')}
            />
          )}
        </Field>
        <Field label={t.auth.email} error={errors.email?.message}>
          {(field) => (
            <Input type="email" autoComplete="email" {...field} {...form.register('email')} />
          )}
        </Field>
        <Field
          label={t.auth.password}
          error={errors.password?.message}
          hint={<PasswordStrength password={password} estimate={estimate} />}
        >
          {(field) => (
            <PasswordInput autoComplete="new-password" {...field} {...form.register('password')} />
          )}
        </Field>
        <Field label={t.auth.timeZone} error={errors.time_zone?.message}>
          {(field) => (
            <TimeZoneSelect
              {...field}
              current={zone || guessed}
              value={zone || guessed}
              onChange={({ target }) => form.setValue('time_zone', target.value)}
            />
          )}
        </Field>
        {problem && !isOnField && <ProblemMessage error={problem} />}
        <Button type="submit" variant="primary" disabled={!isAlive || attempt.isPending}>
          {attempt.isPending ? t.auth.creating : t.common.createAccount}
        </Button>
      </form>
      <p className="mt-6 text-muted">
        {t.auth.haveAccount}{' '}
        <Link className="link" href={paths.login()}>
          {t.common.signIn}
        </Link>
      </p>
    </AuthFrame>
  );
}
