import { useMemo } from 'react';
import { useForm, type Resolver } from 'react-hook-form';

import {
  isPeriodReversed,
  toBody,
  type RecordValues,
} from '@/components/consumption/record-values';
import { usePreferences } from '@/context/preferences';
import type { ConsumptionCreate } from '@/lib/api';
import { bodyResolver } from '@/lib/forms';

const MAX_DECIMALS = 4;

const decimalsOf = (amount: number): number => String(amount).split('.')[1]?.length ?? 0;

/** The form of a record, checked by the API's own schema and the rules that span its fields. */
export function useRecordForm(defaultValues: RecordValues) {
  const { texts: t, format, locale } = usePreferences();
  const resolver = useMemo((): Resolver<RecordValues, unknown, ConsumptionCreate> => {
    const bySchema = bodyResolver<RecordValues, ConsumptionCreate>(
      (schemas) => schemas.zConsumptionCreate,
      (values) => toBody(values, locale),
      t,
      format,
    );
    return async (values, context, options) => {
      const found = await bySchema(values, context, options);
      const amount = toBody(values, locale).amount;
      if (isPeriodReversed(values)) {
        return {
          values: {},
          errors: { ...found.errors, period_start: { type: 'order', message: t.valid.order } },
        };
      }
      if (typeof amount === 'number' && decimalsOf(amount) > MAX_DECIMALS) {
        return {
          values: {},
          errors: { ...found.errors, amount: { type: 'decimals', message: t.valid.decimals } },
        };
      }
      return found;
    };
  }, [t, format, locale]);
  return useForm<RecordValues, unknown, ConsumptionCreate>({ defaultValues, resolver });
}
