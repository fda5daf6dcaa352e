import type { AnalyticsOut, BucketOut, ConsumptionType, UtilityOut } from '@/lib/api';

const BTU_IN_KWH = 1055.05585262 / 3_600_000;
const FT3_IN_M3 = 0.3048 ** 3;
const GALLON_IN_M3 = 0.003785411784;

/** How much of the base unit one of each is: exact by definition, as the server counts. */
const FACTORS: Record<string, Record<string, number>> = {
  kWh: {
    ...{ kWh: 1, Wh: 0.001, MWh: 1000, GWh: 1_000_000, MJ: 1 / 3.6, GJ: 1000 / 3.6 },
    ...{ BTU: BTU_IN_KWH, therm: BTU_IN_KWH * 1e5 },
    ...{ dekatherm: BTU_IN_KWH * 1e6, MMBtu: BTU_IN_KWH * 1e6 },
  },
  'm³': {
    ...{ 'm³': 1, 'dm³': 0.001, L: 0.001, hL: 0.1, kL: 1, ML: 1000 },
    ...{ gal: GALLON_IN_M3, kgal: GALLON_IN_M3 * 1000, imp_gal: 0.00454609 },
    ...{ 'ft³': FT3_IN_M3, ccf: FT3_IN_M3 * 100, Mcf: FT3_IN_M3 * 1000 },
  },
};

export type Units = Record<ConsumptionType, string>;

/** The chosen unit where the base unit converts to it exactly; gas in m³ never becomes kWh. */
export function shownIn(
  units: Units,
  type: ConsumptionType,
  base: string,
): { unit: string; factor: number } {
  const unit = units[type];
  const worth = FACTORS[base]?.[unit];
  return worth === undefined ? { unit: base, factor: 1 } : { unit, factor: 1 / worth };
}

/** A utility's figures in the unit that they are shown in; `base_unit` names it in addresses. */
export type ShownUtility = UtilityOut & { base_unit: string };
export type ShownAnalytics = Omit<AnalyticsOut, 'utilities'> & { utilities: ShownUtility[] };

export function inUnits(data: AnalyticsOut, units: Units): ShownAnalytics {
  return { ...data, utilities: data.utilities.map((utility) => utilityIn(utility, units)) };
}

function utilityIn(utility: UtilityOut, units: Units): ShownUtility {
  const { unit, factor } = shownIn(units, utility.consumption_type, utility.unit);
  const shown = { ...utility, base_unit: utility.unit, unit };
  if (factor === 1) return shown;
  const times = <T extends number | null>(amount: T): T =>
    (amount === null ? null : amount * factor) as T;
  const all = (series: BucketOut[]) =>
    series.map((bucket) => ({ ...bucket, amount: times(bucket.amount) }));
  const { comparison, min_bucket: min, max_bucket: max, current_month: month } = utility;
  return {
    ...shown,
    total: times(utility.total),
    average_per_day: times(utility.average_per_day),
    average_per_month: times(utility.average_per_month),
    series: all(utility.series),
    min_bucket: min && { ...min, amount: times(min.amount) },
    max_bucket: max && { ...max, amount: times(max.amount) },
    current_month: {
      ...month,
      total: times(month.total),
      same_days_last_month: times(month.same_days_last_month),
      same_days_last_year: times(month.same_days_last_year),
    },
    comparison: comparison && {
      ...comparison,
      total: times(comparison.total),
      series: all(comparison.series),
    },
  };
}
