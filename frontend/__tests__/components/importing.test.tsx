import { configure, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';

import { AskForm } from '@/components/import/AskForm';
import { Found } from '@/components/import/Found';
import { ImportRunning } from '@/components/import/ImportRunning';
import { useAsked } from '@/components/import/use-asked';
import type { ImportOut } from '@/lib/api';
import { Problem } from '@/lib/problem';

import { get } from '../setup/api';
import { importOut, meter, site } from '../setup/fixtures';
import { render } from '../setup/render';
import { server } from '../setup/server';

jest.setTimeout(20_000);
configure({ asyncUtilTimeout: 8_000 });
jest.mock('@/components/charts/SeriesChart', () => ({
  __esModule: true,
  default: () => <div data-testid="chart" />,
}));

const FOUND: ImportOut = {
  ...importOut,
  id: null,
  format: 'green_button',
  file_name: 'usage.xml',
  counts: { added: 8712, changed: 12, unchanged: 0, rejected: 3, ignored: 0 },
  conflicts: 2,
  problems: [{ line: 7, column: 'value', detail: 'is no number' }],
  problems_total: 3,
  meters: [
    {
      id: null,
      name: 'Meter 1',
      consumption_type: 'electricity',
      unit: 'kWh',
      is_new: true,
      added: 8712,
      changed: 12,
      channel: 'up/1',
      source: 'intervals',
      direction: 'import',
      total: 123,
      gaps: 2,
      range: { start: '2026-03-01', end: '2026-03-02' },
    },
  ],
  preview: [{ channel: 'up/1', unit: 'kWh', start: ['2026-03-01', '2026-03-02'], amount: [4, 5] }],
};

function api() {
  server.use(
    get('/api/meters', () => ({ items: [meter] })),
    get('/api/sites', () => ({ items: [site] })),
  );
}

test('says what the file is, what it would change, and sends a channel to the chosen meter', async () => {
  api();
  const choose = jest.fn();
  render(<Found found={FOUND} choices={{}} isBusy={false} onChoose={choose} />);
  expect(screen.getByText('Green Button: 8,727 values for 1 meter')).toBeInTheDocument();
  expect(screen.getByText(/adds 8,712 · changes 12 · conflicts 2 · rejects 3/)).toBeInTheDocument();
  expect(screen.getByText(/new · 123 kWh · adds 8,712 · changes 12 · 2 gaps/)).toBeInTheDocument();
  expect(await screen.findByTestId('chart')).toBeInTheDocument();
  const target = screen.getByLabelText('Meter for up/1');
  await screen.findByRole('option', { name: 'Main meter (kWh)' });
  await userEvent.selectOptions(target, 'Main meter (kWh)');
  expect(choose).toHaveBeenCalledWith({ mapping: { meters: { 'up/1': 5 } } });
});

function Asking({ error, onChoose }: { error: unknown; onChoose: (choices: unknown) => void }) {
  const asks = useAsked(null, error);
  return asks ? (
    <AskForm asks={asks} choices={{ mapping: { unit: 'kWh' } }} isOpen onChoose={onChoose} />
  ) : (
    <p>columns</p>
  );
}

const refusal = (pointer: string) =>
  new Problem(
    { errors: [{ pointer, detail: 'give it', code: 'invalid', params: {} }], status: 422 },
    'other',
  );

test('asks only for what the server names, beside what was answered before', async () => {
  const choose = jest.fn();
  render(<Asking error={refusal('#mapping/kind')} onChoose={choose} />);
  const kind = screen.getByLabelText('The values are');
  expect(kind).toHaveAttribute('aria-invalid', 'true');
  expect(screen.queryByLabelText('Time zone')).toBeNull();
  await userEvent.selectOptions(kind, 'a counter');
  await userEvent.click(screen.getByRole('button', { name: 'Read again' }));
  expect(choose).toHaveBeenCalledWith({ mapping: { unit: 'kWh', kind: 'cumulative' } });
});

test('leaves the columns of a table to their own form', () => {
  render(<Asking error={refusal('#mapping/columns/amount')} onChoose={jest.fn()} />);
  expect(screen.getByText('columns')).toBeInTheDocument();
});

test('follows a large file to its end', async () => {
  let looks = 0;
  api();
  server.use(
    get('/api/imports/9', () => {
      looks += 1;
      return looks < 2
        ? { ...FOUND, id: 9, status: 'running', progress: { phase: 'reading', done: 1, total: 4 } }
        : { ...FOUND, id: 9, status: 'failed', failure: 'It was cancelled.' };
    }),
  );
  render(<ImportRunning id={9} onAnother={jest.fn()} />);
  expect(await screen.findByText('Importing usage.xml: reading…')).toBeInTheDocument();
  expect(screen.getByRole('progressbar')).toHaveAttribute('value', '0.25');
  expect(await screen.findByText('It was cancelled.')).toBeInTheDocument();
});
