import { Input, Select } from '@/components/ui/controls';
import { Field } from '@/components/ui/Field';
import { useMeterTexts } from '@/hooks/meter-texts';
import { unitName } from '@/lib/units';

export type DialValues = { source: string; register_digits: string; multiplier: string };

type Props = {
  values: DialValues & { unit: string };
  errors: Partial<Record<keyof DialValues, { message?: string | undefined } | undefined>>;
  mayChangeSource: boolean;
  onChange: (name: keyof DialValues, value: string) => void;
};

/** How a meter is fed, and how the figures of its dial are to be taken. */
export function DialFields({ values, errors, mayChangeSource, onChange }: Props) {
  const t = useMeterTexts();
  const isRead = values.source === 'register';
  return (
    <>
      {mayChangeSource && (
        <Field label={t.reads.source} error={errors.source?.message}>
          {(field) => (
            <Select
              {...field}
              value={values.source}
              onChange={({ target }) => onChange('source', target.value)}
            >
              <option value="entries">{t.reads.sources.entries}</option>
              <option value="register">{t.reads.sources.register}</option>
            </Select>
          )}
        </Field>
      )}
      {isRead && (
        <div className="grid gap-3 sm:grid-cols-2">
          <Field
            label={t.reads.digits}
            isOptional
            hint={t.reads.digitsHint}
            error={errors.register_digits?.message}
          >
            {(field) => (
              <Input
                inputMode="numeric"
                autoComplete="off"
                {...field}
                value={values.register_digits}
                onChange={({ target }) => onChange('register_digits', target.value)}
              />
            )}
          </Field>
          <Field
            label={t.reads.multiplier}
            hint={t.reads.multiplierHint(unitName(values.unit))}
            error={errors.multiplier?.message}
          >
            {(field) => (
              <Input
                inputMode="decimal"
                autoComplete="off"
                {...field}
                value={values.multiplier}
                onChange={({ target }) => onChange('multiplier', target.value)}
              />
            )}
          </Field>
        </div>
      )}
    </>
  );
}

/** What the fields say in the body of a meter, of one whose dial is read. */
export const dialBody = (values: DialValues, parse: (text: string) => number | null) =>
  values.source === 'register'
    ? {
        source: values.source,
        register_digits: values.register_digits.trim() ? Number(values.register_digits) : null,
        multiplier: parse(values.multiplier),
      }
    : { source: values.source };
