import type { AnalyticsOut, BucketOut, ConsumptionOut, SignedInOut } from '@/lib/api';

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
        same_days_last_year: null,
        change_percent: null,
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
        series: [],
      },
    },
  ],
};
