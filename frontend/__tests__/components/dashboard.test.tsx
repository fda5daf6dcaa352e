import { screen, within } from '@testing-library/react';
import { http as mock, HttpResponse } from 'msw';

import { Dashboard } from '@/components/dashboard/Dashboard';
import { isMissing } from '@/components/charts/buckets';
import { comparedRange, comparing, missingDays, runsOf } from '@/components/dashboard/choose';
import { steadyFlow } from '@/components/dashboard/flow';
import type { AnalyticsOut, ComparisonOut, MeterOut } from '@/lib/api';
import { inUnits } from '@/lib/display-units';

import { analytics, bucket, meter, record } from '../setup/fixtures';
import { render } from '../setup/render';
import { server } from '../setup/server';

// A canvas is drawn in the browser tests; here the figures and words are at stake.
jest.mock('@/components/charts/SeriesChart', () => ({
  __esModule: true,
  default: () => <div data-testid="chart" />,
}));

const UNITS = { electricity: 'kWh', water: 'm³', gas: 'm³' };
const shown = inUnits(analytics, UNITS);
const [electricity] = shown.utilities;

function answer(
  items: object[],
  figures: () => Response = () => HttpResponse.json(analytics),
  meters: MeterOut[] = [meter],
) {
  const pagination = {
    page: 1,
    per_page: 5,
    total_items: items.length,
    total_pages: 1,
    has_prev: false,
    has_next: false,
    next_cursor: null,
  };
  server.use(
    mock.get('http://localhost/api/consumption/analytics', figures),
    mock.get('http://localhost/api/consumption', () => HttpResponse.json({ items, pagination })),
    mock.get('http://localhost/api/meters/5/profile', () =>
      HttpResponse.json({ meter_id: 5, days: [], hours: [] }),
    ),
    mock.get('http://localhost/api/meters', () => HttpResponse.json({ items: meters })),
  );
}

test('without any record it leads to the first one', async () => {
  answer([], () => HttpResponse.json({ ...analytics, utilities: [] }), []);
  render(<Dashboard />);
  expect(
    await screen.findByRole('heading', { name: 'Get your first number on screen' }),
  ).toBeInTheDocument();
  expect(screen.getByRole('link', { name: /Type a number/ })).toHaveAttribute(
    'href',
    expect.stringMatching(/^\/consumption\/add/),
  );
});

test('a card says how much, how it changed and against what, and what is missing', async () => {
  answer([record]);
  render(<Dashboard />);
  const cards = await screen.findByRole('region', { name: 'Totals by utility' });
  const card = within(cards).getByRole('button', { name: /Electricity/ });
  expect(card).toHaveTextContent('30 kWh');
  expect(card).toHaveTextContent('about 25% less on an average day; days are missing');
  expect(card).toHaveTextContent('3 of 30 days');
  expect(card).toHaveTextContent('1 day missing');
  expect(card).toHaveTextContent(/average day against 1\s*–\s*5 Nov 2025/);
  expect(within(cards).getByRole('link', { name: /Water/ })).toHaveAttribute(
    'href',
    expect.stringMatching(/^\/consumption\/add\/?\?utility=water$/),
  );
});

test('a panel that fails says so while the others live', async () => {
  answer([record], () =>
    HttpResponse.json(
      { type: '/problems/invalid', status: 422, detail: 'The range is too long.', errors: [] },
      { status: 422 },
    ),
  );
  render(<Dashboard />);
  const alerts = await screen.findAllByText('The range is too long.');
  expect(alerts.length).toBeGreaterThan(0);
  expect(screen.getByText('1 Nov 2026')).toBeInTheDocument();
});

test('today is not missing yet; neighbouring empty days are one gap', () => {
  if (!electricity?.comparison) throw new Error('the fixture has a comparison');
  expect(missingDays(shown, electricity)).toBe(1);
  const isOne = (one: (typeof electricity.series)[number]) =>
    isMissing(one, electricity.first_day, analytics.today);
  expect(runsOf(electricity.series, isOne)).toEqual([{ first: '2026-11-02', last: '2026-11-02' }]);
  expect(comparedRange(shown, electricity.comparison)).toEqual({
    first: '2025-11-01',
    last: '2025-11-05',
  });
});

test('before the first data ever nothing is missing', () => {
  if (!electricity) throw new Error('the fixture has a utility');
  const begun = { ...electricity, first_day: '2026-11-03' };
  expect(missingDays(shown, begun)).toBe(0);
  expect(isMissing(bucket('2026-11-02', null), begun.first_day, analytics.today)).toBe(false);
});

const figures = (change: Partial<AnalyticsOut['utilities'][number]>) => () =>
  HttpResponse.json({
    ...analytics,
    utilities: analytics.utilities.map((one) => ({ ...one, ...change })),
  });

test('intervals and reads without any record are figures as well', async () => {
  answer([], figures({}));
  render(<Dashboard />);
  expect(await screen.findByRole('region', { name: 'Totals by utility' })).toBeInTheDocument();
  expect(screen.queryByText('Get your first number on screen')).toBeNull();
});

test('a day that lacks the data of one meter is said to be incomplete, with where to look', async () => {
  const series = [1, 2, 3, 4, 5].map((day) => bucket(`2026-11-0${day}`, day < 5 ? 9 : null));
  const partly = series.map((one, index) => (index === 1 ? { ...one, complete: false } : one));
  answer([record], figures({ series: partly, days_covered: 4 }), [
    { ...meter, source: 'intervals' },
  ]);
  render(<Dashboard />);
  const look = await screen.findByRole('region', { name: 'Worth a look' });
  expect(within(look).getByText('Electricity: 1 day incomplete')).toBeInTheDocument();
  expect(within(look).getByText('2 Nov 2026')).toBeInTheDocument();
  expect(within(look).getByRole('link', { name: 'See' })).toHaveAttribute(
    'href',
    expect.stringContaining('tab=quality'),
  );
  expect(within(look).queryByText(/Nothing stands out/)).toBeNull();
});

test('a dial that nobody read for a week is due, and its days are not called missing', async () => {
  const dial: MeterOut = { ...meter, name: 'Boiler', source: 'register', last_day: '2026-10-20' };
  answer([record], figures({}), [dial]);
  render(<Dashboard />);
  const look = await screen.findByRole('region', { name: 'Worth a look' });
  expect(within(look).getByText('“Boiler” is due for a reading')).toBeInTheDocument();
  expect(within(look).getByText('last read 16 days ago, 20 Oct 2026')).toBeInTheDocument();
  expect(within(look).getByRole('link', { name: 'Read' })).toHaveAttribute(
    'href',
    expect.stringContaining('how=read'),
  );
  expect(within(look).queryByText(/missing/)).toBeNull();
});

describe('steady flow', () => {
  const days = ['2026-11-02', '2026-11-03', '2026-11-04', '2026-11-05'];
  const still = (from: number) => Array.from({ length: 24 }, (_, hour) => (hour < from ? 0.4 : 0));
  const flowing = Array.from({ length: 24 }, () => 0.25);
  const now = [...flowing.slice(0, 10), ...Array.from({ length: 14 }, () => null)];
  test('is told from its first hour up to the last that is known', () => {
    expect(steadyFlow({ days, hours: [still(8), flowing, flowing, now] })).toEqual({
      since: '2026-11-03',
      hours: 58,
      least: 0.25,
      total: 14.5,
    });
  });
  test('is none where an hour stands still, or data is missing, within two days', () => {
    const stopped = [...flowing.slice(0, 9), 0, ...flowing.slice(10)];
    expect(steadyFlow({ days, hours: [flowing, flowing, stopped, now] })).toBeNull();
    const gap = [...flowing.slice(0, 9), null, null, ...flowing.slice(11)];
    expect(steadyFlow({ days, hours: [flowing, flowing, gap, now] })).toBeNull();
    const [first = '', , , last = ''] = days;
    expect(steadyFlow({ days: [first, last], hours: [flowing, flowing] })).toBeNull();
  });
  test('goes on over the hour that the clock skips', () => {
    const skipped = [...flowing.slice(0, 2), null, ...flowing.slice(3)];
    expect(steadyFlow({ days, hours: [still(8), skipped, flowing, now] })?.hours).toBe(57);
  });
});

describe('a change', () => {
  const against = (comparison: Partial<ComparisonOut>) => {
    if (!electricity?.comparison) throw new Error('the fixture has a comparison');
    return { ...electricity, comparison: { ...electricity.comparison, ...comparison } };
  };
  test('with days missing on either side is a hint', () => {
    expect(comparing(shown, against({ change_basis: 'daily_average' }))).toMatchObject({
      isPerDay: true,
      isIncomplete: true,
    });
    const full = { ...against({ days_covered: 4 }), days_covered: 5 };
    expect(comparing(shown, full)).toMatchObject({ isIncomplete: true, days: 5, daysCovered: 4 });
  });
  test('with all days on both sides is none', () => {
    const full = { ...against({ days_covered: 5, change_basis: 'totals' }), days_covered: 5 };
    expect(comparing(shown, full)).toMatchObject({ isPerDay: false, isIncomplete: false });
  });
  test('is not told from too few days', async () => {
    const comparison = {
      ...{ change_percent: null, change_basis: null, change_unknown: 'too_few_days' as const },
    };
    answer([record], () => HttpResponse.json({ ...analytics, utilities: [against(comparison)] }));
    render(<Dashboard />);
    const cards = await screen.findByRole('region', { name: 'Totals by utility' });
    const card = within(cards).getByRole('button', { name: /Electricity/ });
    expect(card).toHaveTextContent('incomplete');
    expect(card).toHaveTextContent('too few days to compare with');
  });
});

test('figures are shown in the chosen unit where that is exact, under the same address', () => {
  const inMegajoule = inUnits(analytics, { ...UNITS, electricity: 'MJ' });
  expect(inMegajoule.utilities[0]).toMatchObject({ unit: 'MJ', base_unit: 'kWh' });
  expect(inMegajoule.utilities[0]?.total).toBeCloseTo(108, 9);
  expect(inMegajoule.utilities[0]?.series[1]?.amount).toBeNull();
  const asGas = inUnits(analytics, { ...UNITS, electricity: 'therm' });
  expect(asGas.utilities[0]?.total).toBeCloseTo(30 / 29.3071, 4);
  expect(inUnits(analytics, { ...UNITS, electricity: 'm³' })).toEqual(shown);
});

test('a list of meters that fails is asked for once or twice, not for ever', async () => {
  answer([record]);
  let asked = 0;
  server.use(
    mock.get('http://localhost/api/meters', () => {
      asked += 1;
      return HttpResponse.json({ status: 422, detail: 'No.', errors: [] }, { status: 422 });
    }),
  );
  render(<Dashboard />);
  await screen.findByRole('heading', { name: 'Latest records' });
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(asked).toBeLessThan(4);
});
