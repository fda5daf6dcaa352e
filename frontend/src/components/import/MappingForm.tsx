import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import { ALL_UNITS } from '@/components/import/AskedField';
import { headerNames } from '@/components/import/header';
import { Button } from '@/components/ui/Button';
import { Select } from '@/components/ui/controls';
import { Field } from '@/components/ui/Field';
import { useAppTexts } from '@/hooks/app-texts';
import type { ReadingChoices } from '@/hooks/imports';
import { meterListOptions } from '@/hooks/meters';
import { useFieldText } from '@/hooks/problem-text';
import type { ImportOut, Mapping } from '@/lib/api';
import { toProblem } from '@/lib/problem';
import { unitName, UTILITIES } from '@/lib/units';

type Props = {
  file: File;
  found: ImportOut | null;
  choices: ReadingChoices;
  error: unknown;
  onChoose: (choices: ReadingChoices) => void;
};

const COLUMNS = [
  'consumption_date',
  'period_start',
  'amount',
  'unit',
  'consumption_type',
  'meter',
  'description',
] as const;

/** Which column is what, and how its values are written; open when the file does not say it. */
export function MappingForm({ file, found, choices, error, onChoose }: Props) {
  const t = useAppTexts();
  const [draft, setDraft] = useState<ReadingChoices>(choices);
  const [names, setNames] = useState<readonly string[]>([]);
  const { data: meters = [] } = useQuery(meterListOptions());
  const fieldText = useFieldText();
  const asked = new Map(
    error
      ? [...toProblem(error).fields].map(([name, finding]) => [name, fieldText(name, finding)])
      : [],
  );
  const mapping = (draft.mapping ?? {}) as Mapping;
  const separator = mapping.separator ?? null;

  useEffect(() => {
    void headerNames(file, separator).then(setNames);
  }, [file, separator]);

  const change = (entries: Partial<Mapping>) =>
    setDraft({ ...draft, mapping: { ...mapping, ...entries } });
  const setColumn = (column: string, name: string) => {
    const { [column]: _, ...others } = mapping.columns ?? {};
    change({ columns: name ? { ...others, [column]: name } : others });
  };
  const recognised = found?.reading?.columns ?? {};
  return (
    <details className="card group" open={error !== null || undefined}>
      <summary className="flex min-h-14 items-center gap-3 px-5 font-semibold lg:px-6">
        {t.import.mappingTitle}
        <span className="font-normal text-muted max-sm:hidden">{t.import.mappingLead}</span>
      </summary>
      <div className="px-5 pb-6 lg:px-6">
        <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-4">
          {COLUMNS.map((column) => (
            <Field
              key={column}
              label={t.import.columnOf[column]}
              error={asked.get(`mapping/columns/${column}`)}
            >
              {(field) => (
                <Select
                  {...field}
                  value={String(mapping.columns?.[column] ?? '')}
                  onChange={({ target }) => setColumn(column, target.value)}
                >
                  <option value="">
                    {recognised[column]
                      ? `${recognised[column]} (${t.import.auto})`
                      : found
                        ? t.import.notThere
                        : t.import.auto}
                  </option>
                  {names.map((name) => (
                    <option key={name} value={name}>
                      {name}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
          ))}
          <Choice
            label={t.import.dateOrder}
            error={asked.get('mapping/date_order')}
            value={mapping.date_order}
            options={t.import.dateOrders}
            onChange={(date_order) => change({ date_order })}
          />
          <Choice
            label={t.import.decimal}
            error={asked.get('mapping/decimal')}
            value={mapping.decimal}
            options={t.import.decimals}
            onChange={(decimal) => change({ decimal })}
          />
          <Choice
            label={t.import.separator}
            error={asked.get('mapping/separator')}
            value={mapping.separator}
            options={t.import.separators}
            onChange={(next) => change({ separator: next })}
          />
          <Choice
            label={t.import.unit}
            error={asked.get('mapping/unit')}
            value={mapping.unit}
            options={
              Object.fromEntries(ALL_UNITS.map((unit) => [unit, unitName(unit)])) as Record<
                NonNullable<Mapping['unit']>,
                string
              >
            }
            onChange={(unit) => change({ unit })}
          />
          <Choice
            label={t.import.utility}
            error={asked.get('mapping/consumption_type')}
            value={mapping.consumption_type}
            options={
              Object.fromEntries(UTILITIES.map((one) => [one, t.utility[one]])) as Record<
                (typeof UTILITIES)[number],
                string
              >
            }
            onChange={(consumption_type) => change({ consumption_type })}
          />
          <Field label={t.import.intoMeter}>
            {(field) => (
              <Select
                {...field}
                value={draft.meter_id ?? ''}
                onChange={({ target }) =>
                  setDraft({ ...draft, meter_id: Number(target.value) || undefined })
                }
              >
                <option value="">{t.import.fromFile}</option>
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
          <Field label={t.import.onConflict}>
            {(field) => (
              <Select
                {...field}
                value={draft.on_conflict ?? 'reject'}
                onChange={({ target }) =>
                  setDraft({ ...draft, on_conflict: target.value as 'reject' | 'add' })
                }
              >
                {Object.entries(t.import.conflicts).map(([value, label]) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </div>
        <Button className="mt-5" onClick={() => onChoose(draft)}>
          {t.import.readAgain}
        </Button>
      </div>
    </details>
  );
}

type ChoiceProps<T extends string> = {
  error: string | undefined;
  label: string;
  value: T | null | undefined;
  options: Record<T, string>;
  onChange: (value: T | null) => void;
};

function Choice<T extends string>({ error, label, value, options, onChange }: ChoiceProps<T>) {
  const t = useAppTexts();
  return (
    <Field label={label} error={error}>
      {(field) => (
        <Select
          {...field}
          value={value ?? ''}
          onChange={({ target }) => onChange((target.value || null) as T | null)}
        >
          <option value="">{t.import.auto}</option>
          {Object.entries<string>(options).map(([key, name]) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
