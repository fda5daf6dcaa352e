import { useRouter } from 'next/navigation';
import { useMemo } from 'react';
import { useForm, useWatch, type FieldPath } from 'react-hook-form';

import { ProblemMessage } from '@/components/common/ProblemMessage';
import { DialogButtons } from '@/components/meters/DialogButtons';
import { DialFields, dialBody, type DialValues } from '@/components/reads/DialFields';
import { Input, Select } from '@/components/ui/controls';
import { Dialog } from '@/components/ui/Dialog';
import { Field } from '@/components/ui/Field';
import { useNotify } from '@/components/ui/Toast';
import { useFormat } from '@/context/preferences';
import { useAppTexts } from '@/hooks/app-texts';
import { useDeleteMeter, useSaveMeter } from '@/hooks/meters';
import { useFieldText } from '@/hooks/problem-text';
import type { ConsumptionType, MeterCreate, MeterOut, SiteOut } from '@/lib/api';
import { bodyResolver, showOnFields } from '@/lib/forms';
import { parseAmount } from '@/lib/format';
import { paths } from '@/lib/paths';
import { toProblem } from '@/lib/problem';
import { UTILITIES } from '@/lib/units';

type Values = {
  name: string;
  consumption_type: ConsumptionType;
  unit: string;
  site_id: string;
  serial_number: string;
} & DialValues;
type Props = {
  meter: MeterOut | null;
  siteId: number | null;
  sites: readonly SiteOut[];
  onClose: () => void;
};

const FIELDS: readonly FieldPath<Values>[] = [
  'name',
  'consumption_type',
  'unit',
  'site_id',
  'serial_number',
  'source',
  'register_digits',
  'multiplier',
];
const BASE_UNITS: Record<ConsumptionType, readonly string[]> = {
  electricity: ['kWh'],
  water: ['m³'],
  gas: ['m³', 'kWh'],
};

const toBody = (values: Values, locale: string) => ({
  ...dialBody(values, (text) => parseAmount(text, locale)),
  name: values.name.trim(),
  consumption_type: values.consumption_type,
  unit: values.unit,
  site_id: values.site_id ? Number(values.site_id) : null,
  serial_number: values.serial_number.trim() || null,
});

const mayFeedOtherwise = (meter: MeterOut) =>
  !meter.is_default && meter.source !== 'intervals' && meter.first_day === null;

/** One made by mistake; a meter with data is archived. */
const mayBeDeleted = (meter: MeterOut) => !meter.is_default && meter.first_day === null;

/** The dial's part of a change; how it is fed only where that changes. */
const pickDial = (body: MeterCreate, meter: MeterOut | null) => ({
  ...(body.source && body.source !== meter?.source ? { source: body.source } : {}),
  register_digits: body.register_digits ?? null,
  multiplier: body.multiplier ?? 1,
});

/** A new meter, or another name, place and number for one; what it measures never changes. */
export function MeterDialog({ meter, siteId, sites, onClose }: Props) {
  const t = useAppTexts();
  const say = useFieldText();
  const format = useFormat();
  const notify = useNotify();
  const router = useRouter();
  const save = useSaveMeter();
  const gone = useDeleteMeter();
  const resolver = useMemo(
    () =>
      bodyResolver<Values, MeterCreate>(
        (schemas) => schemas.zMeterCreate,
        (values) => toBody(values, format.locale),
        t,
        format,
      ),
    [t, format],
  );
  const form = useForm<Values, unknown, MeterCreate>({
    resolver,
    defaultValues: {
      name: meter?.name ?? '',
      consumption_type: meter?.consumption_type ?? 'electricity',
      unit: meter?.unit ?? 'kWh',
      site_id: String(siteId ?? sites[0]?.id ?? ''),
      serial_number: meter?.serial_number ?? '',
      source: meter?.source ?? 'entries',
      register_digits: String(meter?.register_digits ?? ''),
      multiplier: format.number(meter?.multiplier ?? 1, 12),
    },
  });
  const [type, unit, source, register_digits, multiplier] = useWatch({
    control: form.control,
    name: ['consumption_type', 'unit', 'source', 'register_digits', 'multiplier'],
  });

  const submit = (body: MeterCreate) => {
    if (save.isPending) return;
    const { name, site_id, serial_number } = body;
    const dial = body.source === 'register' ? pickDial(body, meter) : {};
    const change = meter
      ? { name, serial_number, site_id: site_id ?? meter.site_id, ...dial }
      : body;
    save.mutate(
      { id: meter?.id ?? null, body: change },
      {
        onSuccess: (saved) => {
          notify({ text: meter ? t.meters.saved(saved.name) : t.meters.created(saved.name) });
          onClose();
        },
        onError: (error) => void showOnFields(toProblem(error), FIELDS, form.setError, say),
      },
    );
  };
  const remove = ({ id, name }: MeterOut) =>
    gone.mutate(id, {
      onSuccess: () => {
        notify({ text: t.meters.deleted(name) });
        router.push(paths.meters());
      },
    });
  const { errors } = form.formState;
  const failure = save.error ?? gone.error;
  const problem = failure && toProblem(failure);
  return (
    <Dialog title={meter ? t.meters.editMeter : t.meters.newMeter} isOpen onClose={onClose}>
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => void form.handleSubmit(submit)(event)}
      >
        <Field label={t.meters.name} error={errors.name?.message}>
          {(field) => <Input autoComplete="off" {...field} {...form.register('name')} />}
        </Field>
        {!meter && (
          <div className="grid grid-cols-2 gap-3">
            <Field label={t.meters.utility}>
              {(field) => (
                <Select
                  {...field}
                  {...form.register('consumption_type', {
                    onChange: ({ target }: { target: { value: ConsumptionType } }) =>
                      form.setValue('unit', BASE_UNITS[target.value][0] ?? ''),
                  })}
                >
                  {UTILITIES.map((one) => (
                    <option key={one} value={one}>
                      {t.utility[one]}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
            <Field label={t.meters.unit} error={errors.unit?.message}>
              {(field) => (
                <Select {...field} {...form.register('unit')}>
                  {BASE_UNITS[type].map((unit) => (
                    <option key={unit}>{unit}</option>
                  ))}
                </Select>
              )}
            </Field>
          </div>
        )}
        {sites.length > 1 && (
          <Field label={t.meters.site} error={errors.site_id?.message}>
            {(field) => (
              <Select {...field} {...form.register('site_id')}>
                {sites.map((site) => (
                  <option key={site.id} value={site.id}>
                    {site.name}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
        <Field label={t.meters.serial} isOptional error={errors.serial_number?.message}>
          {(field) => <Input autoComplete="off" {...field} {...form.register('serial_number')} />}
        </Field>
        <DialFields
          values={{ unit, source, register_digits, multiplier }}
          errors={errors}
          mayChangeSource={!meter || mayFeedOtherwise(meter)}
          onChange={(field, value) => form.setValue(field, value)}
        />
        {problem && problem.fields.size === 0 && <ProblemMessage error={problem} />}
        <DialogButtons
          isSaving={save.isPending}
          onDelete={meter && mayBeDeleted(meter) ? () => remove(meter) : undefined}
          isDeleting={gone.isPending}
          onClose={onClose}
        />
      </form>
    </Dialog>
  );
}
