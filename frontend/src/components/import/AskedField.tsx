import { TimeZoneSelect } from '@/components/common/TimeZoneSelect';
import { Input, Select } from '@/components/ui/controls';
import { Field } from '@/components/ui/Field';
import { useAppTexts } from '@/hooks/app-texts';
import type { Ask } from '@/lib/import-formats';
import { UNITS, unitName, UTILITIES } from '@/lib/units';

export const ALL_UNITS = [...new Set(Object.values(UNITS).flat())];

type Props = {
  ask: Ask;
  error: string | undefined;
  value: unknown;
  /** null takes the entry away. */
  onChange: (value: unknown) => void;
};

/** One entry of the mapping: a choice where it is one, else a text, number or list. */
export function AskedField({ ask, error, value, onChange }: Props) {
  const t = useAppTexts();
  const options = useOptions(ask);
  const label = t.import.asks[ask];
  if (ask === 'time_zone') {
    return (
      <Field label={label} error={error}>
        {(field) => <ZoneField field={field} value={String(value ?? '')} onChange={onChange} />}
      </Field>
    );
  }
  return (
    <Field label={label} error={error} hint={isList(ask) ? t.import.listHint : undefined}>
      {(field) =>
        options ? (
          <Select
            {...field}
            value={value === undefined ? '' : String(value)}
            onChange={({ target }) => onChange(parsed(ask, target.value))}
          >
            <option value="">{t.import.auto}</option>
            {options.map(([key, name]) => (
              <option key={key} value={key}>
                {name}
              </option>
            ))}
          </Select>
        ) : (
          <Input
            {...field}
            inputMode={isNumber(ask) ? 'numeric' : undefined}
            value={Array.isArray(value) ? value.join(', ') : String(value ?? '')}
            onChange={({ target }) => onChange(parsed(ask, target.value))}
          />
        )
      }
    </Field>
  );
}

type ZoneProps = {
  field: object;
  value: string;
  onChange: (value: unknown) => void;
};

function ZoneField({ field, value, onChange }: ZoneProps) {
  const t = useAppTexts();
  return (
    <TimeZoneSelect
      {...field}
      current={value}
      value={value}
      onChange={({ target }) => onChange(target.value || null)}
    >
      <option value="">{t.import.auto}</option>
    </TimeZoneSelect>
  );
}

const isNumber = (ask: Ask): boolean => ask === 'max_gap' || ask === 'interval_seconds';
const isList = (ask: Ask): boolean => ask === 'names' || ask === 'types';

function parsed(ask: Ask, text: string): unknown {
  if (text.trim() === '') return null;
  if (ask === 'bills') return text === 'true';
  if (isNumber(ask)) return /^\d+$/.test(text.trim()) ? Number(text) : text;
  if (isList(ask)) return text.split(',').map((one) => one.trimStart());
  return text;
}

function useOptions(ask: Ask): readonly (readonly [string, string])[] | null {
  const t = useAppTexts();
  switch (ask) {
    case 'unit':
      return ALL_UNITS.map((unit) => [unit, unitName(unit)] as const);
    case 'consumption_type':
      return UTILITIES.map((one) => [one, t.utility[one]] as const);
    case 'gas_unit':
      return [
        ['m³', 'm³'],
        ['kWh', 'kWh'],
      ];
    case 'direction':
      return Object.entries(t.import.directions);
    case 'kind':
      return Object.entries(t.import.kinds);
    case 'period':
      return Object.entries(t.import.periods);
    case 'date_order':
      return Object.entries(t.import.dateOrders);
    case 'decimal':
      return Object.entries(t.import.decimals);
    case 'bills':
      return Object.entries(t.import.yesNo);
    default:
      return null;
  }
}
