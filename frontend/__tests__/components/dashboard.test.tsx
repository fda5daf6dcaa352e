import { screen, within } from '@testing-library/react';
import { http as mock, HttpResponse } from 'msw';

import { Dashboard } from '@/components/dashboard/Dashboard';
import { comparedRange, missingDays, missingRuns } from '@/components/dashboard/choose';

import { analytics, record } from '../setup/fixtures';
import { render } from '../setup/render';
import { server } from '../setup/server';

// A canvas is drawn in the browser tests; here the figures and words are at stake.
jest.mock('@/components/charts/SeriesChart', () => ({
  __esModule: true,
  default: () => <div data-testid="chart" />,
}));

const [electricity] = analytics.utilities;

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
  expect(card).toHaveTextContent('25% less');
  expect(card).toHaveTextContent('3 of 30 days');
  expect(card).toHaveTextContent('1 day missing');
  expect(card).toHaveTextContent(/against 1\s*–\s*5 Nov 2025/);
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
  expect(missingDays(analytics, electricity)).toBe(1);
  expect(missingRuns(electricity.series, analytics.today)).toEqual([
    { first: '2026-11-02', last: '2026-11-02' },
  ]);
  expect(comparedRange(analytics, electricity.comparison)).toEqual({
    first: '2025-11-01',
    last: '2025-11-05',
  });
});
