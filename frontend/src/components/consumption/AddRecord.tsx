'use client';

import { useSearchParams } from 'next/navigation';
import { useRouter } from 'next/navigation';
import { useRef, useState, type ReactNode } from 'react';

import { PageHeader } from '@/components/common/PageHeader';
import { RECORD_FIELDS, type RecordValues } from '@/components/consumption/record-values';
import { RecordForm } from '@/components/consumption/RecordForm';
import { SaveProblem } from '@/components/consumption/SaveProblem';
import { useRecordForm } from '@/components/consumption/use-record-form';
import { Button } from '@/components/ui/Button';
import { useNotify } from '@/components/ui/Toast';
import { usePreferences } from '@/context/preferences';
import { useAppPreferences } from '@/hooks/app-texts';
import { useMe } from '@/context/session';
import { useCreateRecord } from '@/hooks/consumption';
import { useFieldText } from '@/hooks/problem-text';
import type { ConsumptionCreate, ConsumptionOut } from '@/lib/api';
import { addDays, addMonths, isDay, startOfMonth, todayIn } from '@/lib/days';
import { showOnFields } from '@/lib/forms';
import { makeKeyring } from '@/lib/keyring';
import { lastEntry, rememberEntry } from '@/lib/last-entry';
import { paths } from '@/lib/paths';
import { toProblem } from '@/lib/problem';
import { isUtility, UNITS } from '@/lib/units';

function useDefaults(): RecordValues {
  const params = useSearchParams();
  const { preferences, timeZone } = usePreferences();
  const { account } = useMe();
  const last = lastEntry(account.id);
  const today = todayIn(timeZone);
  const wanted = params.get('utility');
  const type = isUtility(wanted) ? wanted : (last?.type ?? 'electricity');
  const isAsLast = last?.type === type;
  const date = params.get('date');
  const from = params.get('from');
  const day = isDay(date) && date <= addDays(today, 1) ? date : today;
  return {
    consumption_type: type,
    amount: '',
    unit: isAsLast && UNITS[type].includes(last.unit) ? last.unit : preferences.units[type],
    span: isDay(from) && from < day ? 'period' : 'day',
    period_start: isDay(from) ? from : addMonths(startOfMonth(day), -1),
    consumption_date: day,
    meter_id: params.get('meter_id') ?? (isAsLast ? last.meterId : ''),
    description: '',
  };
}

/** `choice` stands above the form: other ways to say what was used. */
export function AddRecord({ choice }: { choice?: ReactNode }) {
  const say = useFieldText();
  const { texts: t, format, timeZone } = useAppPreferences();
  const { account } = useMe();
  const router = useRouter();
  const notify = useNotify();
  const form = useRecordForm(useDefaults());
  const create = useCreateRecord();
  const [keyOf] = useState(makeKeyring);
  const isAnother = useRef(false);
  const isLeaving = useRef(false);

  const saved = (record: ConsumptionOut) => {
    const { consumption_type: type, unit, meter_id: meterId } = record;
    const values = form.getValues();
    rememberEntry({
      type,
      unit,
      meterId: values.meter_id && String(meterId),
      accountId: account.id,
    });
    const when = record.period_start
      ? format.range(record.period_start, record.consumption_date)
      : format.day(record.consumption_date);
    notify({ text: t.entry.savedOne(`${format.exact(record.amount)} ${unit}`, when) });
    if (!isAnother.current) {
      isLeaving.current = true;
      router.push(
        paths.dashboard({ at: record.consumption_date, utility: `${type}.${record.base_unit}` }),
      );
      return;
    }
    const next = addDays(record.consumption_date, 1);
    const isPossible = next <= todayIn(timeZone);
    form.reset({
      ...values,
      amount: '',
      description: '',
      ...(isPossible && values.span === 'day' ? { consumption_date: next } : {}),
    });
    form.setFocus('amount');
  };

  const save = async (body: ConsumptionCreate) => {
    // Saved, and the next page is on its way: a late second click changes nothing.
    if (isLeaving.current) return;
    try {
      saved(await create.mutateAsync({ body, key: keyOf(body) }));
    } catch (error) {
      showOnFields(toProblem(error), RECORD_FIELDS, form.setError, say);
    }
  };

  return (
    <>
      <PageHeader title={t.common.addConsumption} />
      {choice}
      <RecordForm form={form} onSubmit={save} problem={<SaveProblem error={create.error} />}>
        <Button
          type="submit"
          variant="primary"
          aria-disabled={create.isPending}
          onClick={() => (isAnother.current = false)}
        >
          {create.isPending ? t.common.saving : t.entry.save}
        </Button>
        <Button
          type="submit"
          aria-disabled={create.isPending}
          onClick={() => (isAnother.current = true)}
        >
          {t.entry.saveAndAnother}
        </Button>
      </RecordForm>
    </>
  );
}
