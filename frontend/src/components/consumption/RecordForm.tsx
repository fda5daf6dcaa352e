import { useQuery } from '@tanstack/react-query';
import { useRef, type FormEvent, type ReactNode } from 'react';
import { useWatch, type UseFormReturn } from 'react-hook-form';

import { UtilityIcon } from '@/components/common/utility';
import { AmountFields } from '@/components/consumption/AmountFields';
import type { RecordValues } from '@/components/consumption/record-values';
import { Field } from '@/components/ui/Field';
import { Input, Segmented, Select, TextArea } from '@/components/ui/controls';
import { usePreferences } from '@/context/preferences';
import { useAppPreferences } from '@/hooks/app-texts';
import { meterListOptions } from '@/hooks/meters';
import type { ConsumptionCreate, ConsumptionType } from '@/lib/api';
import { addDays, todayIn } from '@/lib/days';
import { UNITS, UTILITIES } from '@/lib/units';

type Props = {
  form: UseFormReturn<RecordValues, unknown, ConsumptionCreate>;
  onSubmit: (body: ConsumptionCreate) => Promise<void>;
  problem: ReactNode;
  children: ReactNode;
};

/** The one form of a record, for a new one and for a change. */
export function RecordForm({ form, onSubmit, problem, children }: Props) {
  const { texts: t } = useAppPreferences();
  const { control, setValue, register, formState } = form;
  const span = useWatch({ control, name: 'span' });
  const type = useWatch({ control, name: 'consumption_type' });
  const { preferences } = usePreferences();

  // A state would be known a render too late for a double click.
  const isBusy = useRef(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isBusy.current) return;
    isBusy.current = true;
    void form
      .handleSubmit(onSubmit)(event)
      .finally(() => {
        isBusy.current = false;
      });
  };
  const choose = (next: ConsumptionType) => {
    setValue('consumption_type', next, { shouldDirty: true });
    setValue('meter_id', '');
    if (!UNITS[next].includes(form.getValues('unit')) || next !== type) {
      setValue('unit', preferences.units[next]);
    }
  };
  return (
    <form noValidate className="card flex max-w-2xl flex-col gap-6 p-5 sm:p-7" onSubmit={submit}>
      <Segmented
        label={t.entry.utility}
        name="consumption_type"
        value={type}
        options={UTILITIES.map((one) => ({
          value: one,
          label: (
            <>
              <UtilityIcon type={one} className="!size-7 max-[380px]:hidden" />
              {t.utility[one]}
            </>
          ),
        }))}
        onChange={choose}
        isWide
        className="[&_label]:min-h-12 max-sm:[&_label]:px-1.5 max-sm:[&_label]:text-sm"
      />
      <AmountFields form={form} type={type} />
      <div className="flex flex-col gap-3">
        <Segmented
          label={t.entry.when}
          name="span"
          value={span}
          options={[
            { value: 'day', label: t.entry.oneDay },
            { value: 'period', label: t.entry.aPeriod },
          ]}
          onChange={(next) => setValue('span', next)}
          className="self-start"
        />
        <div className="grid gap-4 sm:grid-cols-2">
          {span === 'period' && (
            <Field label={t.entry.firstDay} error={formState.errors.period_start?.message}>
              {(field) => (
                <Input type="date" min="1900-01-01" {...field} {...register('period_start')} />
              )}
            </Field>
          )}
          <DayField form={form} label={span === 'period' ? t.entry.lastDay : t.entry.day} />
        </div>
      </div>
      <MeterField form={form} type={type} />
      <Field label={t.entry.description} isOptional error={formState.errors.description?.message}>
        {(field) => <TextArea rows={2} {...field} {...register('description')} />}
      </Field>
      {problem}
      <div className="flex flex-wrap gap-2.5">{children}</div>
    </form>
  );
}

function DayField({ form, label }: { form: Props['form']; label: string }) {
  const { timeZone } = usePreferences();
  return (
    <Field label={label} error={form.formState.errors.consumption_date?.message}>
      {(field) => (
        <Input
          type="date"
          min="1900-01-01"
          max={addDays(todayIn(timeZone), 1)}
          {...field}
          {...form.register('consumption_date')}
        />
      )}
    </Field>
  );
}

function MeterField({ form, type }: { form: Props['form']; type: ConsumptionType }) {
  const { texts: t } = useAppPreferences();
  const { data: meters = [] } = useQuery(meterListOptions());
  const chosen = useWatch({ control: form.control, name: 'meter_id' });
  const mine = meters.filter(
    (meter) =>
      meter.consumption_type === type && (!meter.archived_at || String(meter.id) === chosen),
  );
  if (mine.length < 2 && form.formState.errors.meter_id === undefined) return null;
  return (
    <Field label={t.entry.meter} error={form.formState.errors.meter_id?.message}>
      {(field) => (
        <Select {...field} {...form.register('meter_id')}>
          <option value="">{t.entry.meterDefault}</option>
          {mine.map((meter) => (
            <option key={meter.id} value={meter.id}>
              {meter.name}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
