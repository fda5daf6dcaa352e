/** An entry of the mapping that people can be asked for. */
export type Ask =
  | 'time_zone'
  | 'unit'
  | 'consumption_type'
  | 'direction'
  | 'kind'
  | 'period'
  | 'date_order'
  | 'decimal'
  | 'gas_unit'
  | 'currency'
  | 'names'
  | 'max_gap'
  | 'interval_seconds'
  | 'bills'
  | 'types';

type Known = { title: string; asks: readonly Ask[] };

/** Own names of the formats, and which entries of the mapping each takes (docs/formats.md). */
const FORMATS: Record<string, Known> = {
  long_csv: { title: 'CSV', asks: ['time_zone', 'consumption_type'] },
  long_xlsx: { title: 'XLSX', asks: ['time_zone', 'consumption_type'] },
  series_json: { title: 'JSON', asks: [] },
  green_button: {
    title: 'Green Button',
    asks: ['unit', 'consumption_type', 'interval_seconds', 'bills'],
  },
  pge_csv: { title: 'PG&E', asks: ['time_zone', 'date_order', 'currency'] },
  sdge_csv: { title: 'SDG&E', asks: ['time_zone', 'unit'] },
  sce_csv: { title: 'SCE', asks: ['time_zone'] },
  united_power_csv: { title: 'United Power', asks: ['time_zone'] },
  octopus_csv: { title: 'Octopus Energy', asks: ['consumption_type', 'direction'] },
  nem12: { title: 'NEM12', asks: ['time_zone'] },
  home_assistant_energy: { title: 'Home Assistant', asks: ['time_zone', 'period', 'types'] },
  home_assistant_history: {
    title: 'Home Assistant',
    asks: ['unit', 'consumption_type', 'direction', 'max_gap'],
  },
  home_assistant_statistics: {
    title: 'Home Assistant',
    asks: ['time_zone', 'consumption_type', 'direction', 'decimal', 'date_order'],
  },
  emoncms: {
    title: 'emoncms',
    asks: ['kind', 'names', 'unit', 'consumption_type', 'direction', 'max_gap', 'time_zone'],
  },
  oed_csv: { title: 'Open Energy Dashboard', asks: [] },
  dsmr_reader: { title: 'DSMR-reader', asks: [] },
  homewizard: { title: 'HomeWizard', asks: ['time_zone'] },
  fluvius: { title: 'Fluvius', asks: ['gas_unit', 'time_zone'] },
  enel: { title: 'Enel', asks: ['direction', 'time_zone'] },
  exelon_ami: { title: 'Ameren', asks: ['time_zone', 'consumption_type'] },
  dutch_registers: { title: 'Liander', asks: ['time_zone'] },
  xcel_bills: { title: 'Xcel Energy', asks: [] },
  portfolio_manager: { title: 'Portfolio Manager', asks: [] },
  ampds2: { title: 'AMPds2', asks: ['unit', 'consumption_type', 'direction'] },
  ausgrid_solar_home: { title: 'Ausgrid', asks: ['time_zone'] },
  bwdf_water: { title: 'BWDF', asks: [] },
};

/** The format that holds dated amounts and is read by columns. */
export const RECORDS = 'records_csv';

export const formatTitle = (format: string): string | null => FORMATS[format]?.title ?? null;
export const asksOf = (format: string): readonly Ask[] => FORMATS[format]?.asks ?? [];

const ALL = new Set<string>(Object.values(FORMATS).flatMap(({ asks }) => asks));
export const isAsk = (name: string): name is Ask => ALL.has(name);
