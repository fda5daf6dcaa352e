import type { ConsumptionType } from '@/lib/api';

export const UTILITIES: readonly ConsumptionType[] = ['electricity', 'water', 'gas'];

/** The units that the API accepts for each utility; the first is its default. */
export const UNITS: Record<ConsumptionType, readonly string[]> = {
  electricity: ['kWh', 'Wh', 'MWh', 'GWh', 'MJ', 'GJ'],
  water: ['m³', 'L', 'hL', 'kL', 'ML', 'gal', 'kgal', 'imp_gal', 'ft³', 'ccf'],
  gas: [
    ...['m³', 'dm³', 'L', 'ft³', 'ccf', 'Mcf'],
    ...['kWh', 'Wh', 'MWh', 'MJ', 'GJ', 'therm', 'dekatherm', 'BTU', 'MMBtu'],
  ],
};

const SHOWN: Record<string, string> = { imp_gal: 'imp gal' };

export const unitName = (unit: string): string => SHOWN[unit] ?? unit;

export const isUtility = (text: string | null | undefined): text is ConsumptionType =>
  UTILITIES.includes(text as ConsumptionType);
