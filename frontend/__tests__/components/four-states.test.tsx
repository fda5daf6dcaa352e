import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { delay } from 'msw';
import type { ReactElement } from 'react';

import { ConsumptionPage } from '@/components/consumption/ConsumptionPage';
import { Dashboard } from '@/components/dashboard/Dashboard';
import { ImportPage } from '@/components/import/ImportPage';
import { MetersPage } from '@/components/meters/MetersPage';
import { ApiKeys } from '@/components/settings/ApiKeys';
import { SettingsPage } from '@/components/settings/SettingsPage';

import { get, problem, type Answers, type Path } from '../setup/api';
import {
  analytics,
  apiKey,
  importOut,
  member,
  meter,
  page,
  record,
  session,
  site,
} from '../setup/fixtures';
import { render } from '../setup/render';
import { server } from '../setup/server';

jest.mock('@/components/charts/SeriesChart', () => ({
  __esModule: true,
  default: () => <div data-testid="chart" />,
}));

type State = 'loading' | 'failing' | 'empty' | 'full';

const FULL: Answers = {
  '/api/consumption/analytics': analytics,
  '/api/consumption': page([record]),
  '/api/meters': { items: [meter] },
  '/api/sites': { items: [site] },
  '/api/imports': { items: [importOut], next_before: null },
  '/api/auth/sessions': { items: [session] },
  '/api/members': { items: [member] },
  '/api/api-keys': { items: [apiKey] },
  '/api/imports/9': { ...importOut, id: 9 },
  '/api/import-profiles': { items: [] },
};

const EMPTY: Answers = {
  ...FULL,
  '/api/consumption/analytics': { ...analytics, utilities: [] },
  '/api/consumption': page([]),
  '/api/meters': { items: [] },
  '/api/imports': { items: [], next_before: null },
  '/api/api-keys': { items: [] },
};

/** The whole API in one state, except for what is named to be otherwise. */
function api(state: State, others: Partial<Record<Path, State>> = {}) {
  const handler = <P extends Path>(path: P) =>
    get(path, async () => {
      const now = others[path] ?? state;
      if (now === 'loading') await delay('infinite');
      if (now === 'failing') return problem(422, { detail: 'Not today.', request_id: 'r7' });
      return (now === 'empty' ? EMPTY : FULL)[path];
    });
  server.use(...(Object.keys(FULL) as Path[]).map(handler));
}

const PANELS: [name: string, page: ReactElement, full: string | RegExp, empty: string | null][] = [
  ['dashboard', <Dashboard key="d" />, /12\.5/, 'Get your first number on screen'],
  ['list', <ConsumptionPage key="c" />, '12.5', 'No records yet'],
  ['meters', <MetersPage key="m" />, 'Main meter', 'No meters yet'],
  ['imports', <ImportPage key="i" />, 'march.csv', 'No imports yet'],
  ['keys', <ApiKeys key="a" />, 'Home Assistant', 'No keys yet'],
  ['settings', <SettingsPage key="s" />, 'Chrome on Linux', null],
];

describe.each(PANELS)('%s', (_name, element, full, empty) => {
  test('shows that it is loading, and no figure', async () => {
    api('loading');
    const { container } = render(element);
    await waitFor(() => expect(container.querySelector('[aria-busy="true"]')).not.toBeNull());
    expect(screen.queryByText(full)).toBeNull();
    expect(screen.queryByRole('alert')).toBeNull();
  });

  test('says what failed with the request id, and tries again', async () => {
    api('failing');
    render(element);
    const [alert] = await screen.findAllByRole('alert');
    if (!alert) throw new Error('there is no alert');
    expect(alert).toHaveTextContent('This could not be loaded');
    expect(alert).toHaveTextContent('Not today.');
    expect(alert).toHaveTextContent('r7');
    api('full');
    // A panel within a panel has its own failure to show once the outer one is there.
    for (let round = 0; round < 2; round += 1) {
      for (const retry of screen.queryAllByRole('button', { name: 'Try again' })) {
        await userEvent.click(retry);
      }
      await waitFor(() => expect(document.querySelector('[aria-busy="true"]')).toBeNull());
    }
    expect((await screen.findAllByText(full)).length).toBeGreaterThan(0);
    await waitFor(() => expect(screen.queryByText('Not today.')).toBeNull());
  });

  test('shows the data', async () => {
    api('full');
    render(element);
    expect((await screen.findAllByText(full)).length).toBeGreaterThan(0);
    expect(screen.queryByRole('alert')).toBeNull();
  });

  if (empty) {
    test('says why there is nothing and what to do next', async () => {
      api('empty');
      render(element);
      expect(await screen.findByText(empty)).toBeInTheDocument();
    });
  }
});

test('one panel that fails leaves the others alone', async () => {
  api('full', { '/api/members': 'failing' });
  render(<SettingsPage />);
  expect(await screen.findByText('Chrome on Linux')).toBeInTheDocument();
  const members = screen.getByRole('region', { name: 'Members' });
  expect(await within(members).findByRole('alert')).toHaveTextContent('Not today.');
});
