import { useWatch, type UseFormReturn } from 'react-hook-form';

import type { RecordValues } from '@/components/consumption/record-values';
import { Field } from '@/components/ui/Field';
import { Input, Select } from '@/components/ui/controls';
import { useAppPreferences } from '@/hooks/app-texts';
import type { ConsumptionCreate, ConsumptionType } from '@/lib/api';
import { countDays, isDay } from '@/lib/days';
import { parseAmount } from '@/lib/format';
import { UNITS, unitName } from '@/lib/units';

type Props = {
  form: UseFormReturn<RecordValues, unknown, ConsumptionCreate>;
  type: ConsumptionType;
};

export function AmountFields({ form, type }: Props) {
  const { texts: t } = useAppPreferences();
  const { errors } = form.formState;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_8rem] items-start gap-3">
      <Field label={t.entry.amount} error={errors.amount?.message} hint={<PerDay form={form} />}>
        {(field) => (
          <Input
            inputMode="decimal"
            autoComplete="off"
            className="text-xl font-semibold"
            {...field}
            {...form.register('amount')}
          />
        )}
      </Field>
      <Field label={t.entry.unit} error={errors.unit?.message}>
        {(field) => (
          <Select {...field} {...form.register('unit')}>
            {UNITS[type].map((unit) => (
              <option key={unit} value={unit}>
                {unitName(unit)}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </div>
  );
}

/** What a period comes to each day: a slip of the decimal mark is seen before it is saved. */
function PerDay({ form }: Pick<Props, 'form'>) {
  const { texts: t, format, locale } = useAppPreferences();
  const [amount, unit, span, first, last] = useWatch({
    control: form.control,
    name: ['amount', 'unit', 'span', 'period_start', 'consumption_date'],
  });
  const number = parseAmount(amount, locale);
  if (number === null || span === 'day' || !isDay(first) || !isDay(last) || first > last)
    return null;
  const days = countDays(first, last);
  return t.entry.perDay(
    format.quantity(number / days, unit),
    t.count.days(days, format.number(days, 0)),
  );
}
