import type {
  AnalyticsOut,
  ApiKeyOut,
  BucketOut,
  ConsumptionList,
  ConsumptionOut,
  ImportOut,
  MemberOut,
  MeterOut,
  SessionOut,
  SignedInOut,
  SiteOut,
} from '@/lib/api';

export const signedIn: SignedInOut = {
  user: {
    id: 7,
    username: 'ana',
    email: 'ana@example.org',
    first_name: null,
    last_name: null,
    is_active: true,
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
  },
  account: {
    id: 3,
    name: 'Home',
    time_zone: 'Europe/Madrid',
    currency: 'EUR',
    locale: 'en-GB',
    role: 'owner',
  },
  access_token: 'first',
  token_type: 'Bearer',
  expires_in: 600,
  refresh_token: null,
};

export const record: ConsumptionOut = {
  id: 11,
  user_id: 7,
  meter_id: 5,
  import_id: null,
  consumption_type: 'electricity',
  amount: 12.5,
  unit: 'kWh',
  base_amount: 12.5,
  base_unit: 'kWh',
  period_start: null,
  consumption_date: '2026-11-01',
  description: 'from the bill',
  version: 4,
  created_at: '2026-11-02T08:00:00Z',
  updated_at: '2026-11-02T08:00:00Z',
};

export const bucket = (day: string, amount: number | null): BucketOut => ({
  start: day,
  end: day,
  amount,
  days_covered: amount === null ? 0 : 1,
  estimated: false,
  complete: amount !== null,
});

export const analytics: AnalyticsOut = {
  date_from: '2026-11-01',
  date_to: '2026-11-30',
  group_by: 'day',
  time_zone: 'Europe/Madrid',
  today: '2026-11-05',
  utilities: [
    {
      consumption_type: 'electricity',
      unit: 'kWh',
      first_day: '2026-11-01',
      total: 30,
      record_count: 3,
      days_covered: 3,
      days_in_range: 30,
      average_per_day: 10,
      average_per_month: null,
      current_month: {
        start: '2026-11-01',
        total: 30,
        days_elapsed: 5,
        days_covered: 3,
        same_days_last_month: null,
        days_covered_last_month: 0,
        same_days_last_year: null,
        days_covered_last_year: 0,
        change_percent: null,
        change_basis: null,
        change_unknown: 'nothing_before',
      },
      series: [
        bucket('2026-11-01', 10),
        bucket('2026-11-02', null),
        bucket('2026-11-03', 8),
        bucket('2026-11-04', 12),
        bucket('2026-11-05', null),
      ],
      min_bucket: null,
      max_bucket: null,
      comparison: {
        date_from: '2025-11-01',
        date_to: '2025-11-30',
        total: 40,
        days_covered: 5,
        change_percent: -25,
        days_covered_now: 3,
        change_basis: 'daily_average',
        change_unknown: null,
        series: [],
      },
    },
  ],
};

export const page = (items: ConsumptionOut[]): ConsumptionList => ({
  items,
  pagination: {
    page: 1,
    per_page: 20,
    total_items: items.length,
    total_pages: 1,
    has_prev: false,
    has_next: false,
    next_cursor: null,
  },
});

export const site: SiteOut = {
  id: 2,
  name: 'Home',
  time_zone: 'Europe/Madrid',
  latitude: null,
  longitude: null,
  floor_area_m2: null,
  occupants: null,
  created_at: '2026-01-01T00:00:00Z',
};

export const meter: MeterOut = {
  id: 5,
  site_id: 2,
  name: 'Main meter',
  consumption_type: 'electricity',
  unit: 'kWh',
  source: 'entries',
  direction: 'import',
  is_default: true,
  serial_number: null,
  register_digits: null,
  multiplier: 1,
  archived_at: null,
  created_at: '2026-01-01T00:00:00Z',
  record_count: 1,
  first_day: '2026-11-01',
  last_day: '2026-11-01',
};

export const importOut: ImportOut = {
  id: 4,
  status: 'done',
  format: 'records_csv',
  file_name: 'march.csv',
  sha256: '0',
  size_bytes: 99,
  mode: 'all',
  counts: { added: 2, changed: 0, unchanged: 0, rejected: 0, ignored: 0 },
  meters: [],
  range: { start: '2026-03-01', end: '2026-03-02' },
  warnings: [],
  problems: [],
  problems_total: 0,
  problems_url: null,
  reading: null,
  created_at: '2026-11-02T08:00:00Z',
  undone_at: null,
};

export const session: SessionOut = {
  id: 1,
  user_agent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36',
  created_at: '2026-11-02T08:00:00Z',
  used_at: '2026-11-02T08:00:00Z',
  expires_at: '2026-12-02T08:00:00Z',
  current: true,
};

export const member: MemberOut = {
  user_id: 7,
  username: 'ana',
  email: 'ana@example.org',
  first_name: null,
  last_name: null,
  role: 'owner',
};

export const apiKey: ApiKeyOut = {
  id: 6,
  name: 'Home Assistant',
  scopes: ['intervals:write'],
  meter_id: null,
  created_by: 7,
  created_at: '2026-11-02T08:00:00Z',
  last_used_at: null,
  expires_at: null,
};
