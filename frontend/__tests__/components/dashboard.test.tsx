import { screen, within } from '@testing-library/react';
import { http as mock, HttpResponse } from 'msw';

import { Dashboard } from '@/components/dashboard/Dashboard';
import { comparedRange, comparing, missingDays, missingRuns } from '@/components/dashboard/choose';
import type { ComparisonOut } from '@/lib/api';
import { inUnits } from '@/lib/display-units';

import { analytics, record } from '../setup/fixtures';
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

function answer(items: object[], figures: () => Response = () => HttpResponse.json(analytics)) {
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
  );
}

test('without any record it leads to the first one', async () => {
  answer([]);
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
  expect(missingRuns(electricity.series, analytics.today)).toEqual([
    { first: '2026-11-02', last: '2026-11-02' },
  ]);
  expect(comparedRange(shown, electricity.comparison)).toEqual({
    first: '2025-11-01',
    last: '2025-11-05',
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
