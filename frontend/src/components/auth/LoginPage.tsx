'use client';

import { useMutation } from '@tanstack/react-query';
import { Link } from '@/components/ui/Link';
import { useForm } from 'react-hook-form';

import { AuthFrame } from '@/components/auth/AuthFrame';
import { useIsAlive } from '@/hooks/is-alive';
import { useWhenSignedIn } from '@/components/auth/use-when-signed-in';
import { PasswordInput } from '@/components/common/PasswordInput';
import { ProblemMessage } from '@/components/common/ProblemMessage';
import { Button } from '@/components/ui/Button';
import { Field } from '@/components/ui/Field';
import { Input } from '@/components/ui/controls';
import { useTexts } from '@/context/preferences';
import { useSession } from '@/context/session';
import { useTryDemo } from '@/hooks/demo';
import { paths } from '@/lib/paths';
import { Problem, toProblem } from '@/lib/problem';

type Values = { name: string; password: string };

export function LoginPage() {
  const t = useTexts();
  const isAlive = useIsAlive();
  const { signIn } = useSession();
  const { wasSent, leave } = useWhenSignedIn();
  const demo = useTryDemo();
  const { register, handleSubmit, formState } = useForm<Values>({
    defaultValues: { name: '', password: '' },
  });
  const attempt = useMutation({
    mutationFn: async ({ name, password }: Values) => {
      const { login } = await import('@/lib/api');
      const who = name.includes('@') ? { email: name.trim() } : { username: name.trim() };
      return (await login({ body: { ...who, password } })).data;
    },
    onSuccess: (answer) => {
      signIn(answer);
      leave();
    },
  });
  const problem = attempt.error && toProblem(attempt.error);
  const said =
    problem?.status === 401 ? new Problem({ detail: t.auth.loginFailed }, 'other') : problem;
  return (
    <AuthFrame title={t.auth.loginTitle} lead={wasSent ? t.auth.sessionEnded : t.auth.loginLead}>
      <form
        method="post"
        noValidate
        className="flex flex-col gap-5"
        onSubmit={(event) => void handleSubmit((values) => attempt.mutate(values))(event)}
      >
        <Field label={t.auth.loginName} error={formState.errors.name?.message}>
          {(field) => (
            <Input
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              {...field}
              {...register('name', { required: t.valid.required })}
            />
          )}
        </Field>
        <Field label={t.auth.password} error={formState.errors.password?.message}>
          {(field) => (
            <PasswordInput
              autoComplete="current-password"
              {...field}
              {...register('password', { required: t.valid.required })}
            />
          )}
        </Field>
        {said && <ProblemMessage error={said} />}
        <Button type="submit" variant="primary" disabled={!isAlive || attempt.isPending}>
          {attempt.isPending ? t.auth.signingIn : t.common.signIn}
        </Button>
        <Button onClick={() => demo.mutate()} disabled={demo.isPending}>
          {t.common.tryDemo}
        </Button>
      </form>
      <p className="mt-6 text-muted">
        {t.auth.noAccount}{' '}
        <Link className="link" href={paths.register()}>
          {t.common.createAccount}
        </Link>
      </p>
    </AuthFrame>
  );
}
