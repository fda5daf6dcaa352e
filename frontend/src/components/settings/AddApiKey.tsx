import { useQuery } from '@tanstack/react-query';
import { useForm, useWatch } from 'react-hook-form';

import { ProblemMessage } from '@/components/common/ProblemMessage';
import { Button } from '@/components/ui/Button';
import { Input, Select } from '@/components/ui/controls';
import { Field } from '@/components/ui/Field';
import { useAppTexts } from '@/hooks/app-texts';
import { useCreateApiKey } from '@/hooks/api-keys';
import { meterListOptions } from '@/hooks/meters';
import { useFieldText } from '@/hooks/problem-text';
import type { ApiKeyCreate, NewApiKey } from '@/lib/api';
import { toProblem } from '@/lib/problem';

const SCOPES = ['read', 'intervals:write', 'both'] as const;
const DAYS = ['', '30', '90', '365'] as const;
const DAY_MS = 86_400_000;
const EMPTY = {
  name: '',
  scope: 'intervals:write' as (typeof SCOPES)[number],
  meter: '',
  days: '',
};
type Values = typeof EMPTY;
const FIELDS: Record<string, keyof Values> = {
  name: 'name',
  scopes: 'scope',
  meter_id: 'meter',
  expires_at: 'days',
};

/** Makes a key: what for, what it may, for which meter, and until when. */
export function AddApiKey({ onMade }: { onMade: (made: NewApiKey) => void }) {
  const t = useAppTexts();
  const say = useFieldText();
  const { data: meters = [] } = useQuery(meterListOptions());
  const create = useCreateApiKey();
  const { register, handleSubmit, setError, reset, control, formState } = useForm<Values>({
    defaultValues: EMPTY,
  });
  const { errors } = formState;
  // A key that reads sees the whole account, so only one that writes can be for a meter.
  const isForMeter = useWatch({ control, name: 'scope' }) === 'intervals:write';
  const submit = (values: Values) => {
    if (create.isPending) return;
    create.mutate(bodyOf(values), {
      onSuccess: (made) => {
        onMade(made);
        reset(EMPTY);
      },
      onError: (error) => {
        for (const [pointer, finding] of toProblem(error).fields) {
          const field = FIELDS[pointer.split('/')[0] ?? ''];
          if (field) setError(field, { message: say(pointer, finding) }, { shouldFocus: true });
        }
      },
    });
  };
  const problem = create.error && toProblem(create.error);
  return (
    <form
      noValidate
      className="mt-5 grid items-start gap-4 border-t border-line pt-5 sm:grid-cols-2"
      onSubmit={(event) => void handleSubmit(submit)(event)}
    >
      <Field label={t.apiKeys.name} error={errors.name?.message}>
        {(field) => (
          <Input
            autoComplete="off"
            maxLength={100}
            placeholder="Home Assistant"
            {...field}
            {...register('name', { validate: (text) => text.trim() !== '' || t.valid.required })}
          />
        )}
      </Field>
      <Field label={t.apiKeys.scope} error={errors.scope?.message}>
        {(field) => (
          <Select {...field} {...register('scope')}>
            {SCOPES.map((scope) => (
              <option key={scope} value={scope}>
                {t.apiKeys.scopes[scope]}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {isForMeter && (
        <Field label={t.apiKeys.meter} error={errors.meter?.message}>
          {(field) => (
            <Select {...field} {...register('meter')}>
              <option value="">{t.apiKeys.anyMeter}</option>
              {meters
                .filter((meter) => !meter.archived_at)
                .map((meter) => (
                  <option key={meter.id} value={meter.id}>
                    {meter.name}
                  </option>
                ))}
            </Select>
          )}
        </Field>
      )}
      <Field label={t.apiKeys.until} error={errors.days?.message}>
        {(field) => (
          <Select {...field} {...register('days')}>
            {DAYS.map((days) => (
              <option key={days} value={days}>
                {days ? t.count.days(Number(days), days) : t.apiKeys.noEnd}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {problem && problem.fields.size === 0 && (
        <div className="sm:col-span-2">
          <ProblemMessage error={problem} />
        </div>
      )}
      <Button type="submit" className="w-fit" aria-disabled={create.isPending}>
        {t.apiKeys.create}
      </Button>
    </form>
  );
}

function bodyOf({ name, scope, meter, days }: Values): ApiKeyCreate {
  return {
    name: name.trim(),
    scopes: scope === 'both' ? ['read', 'intervals:write'] : [scope],
    ...(scope === 'intervals:write' && meter ? { meter_id: Number(meter) } : {}),
    ...(days ? { expires_at: new Date(Date.now() + Number(days) * DAY_MS).toISOString() } : {}),
  };
}
