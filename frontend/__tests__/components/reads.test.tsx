import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
// @ts-expect-error the package has no types
import { axe } from 'jest-axe';
import { http, HttpResponse } from 'msw';

import { DialBoxes } from '@/components/reads/DialBoxes';
import { ReadForm } from '@/components/reads/ReadForm';
import type { MeterOut } from '@/lib/api';

import { render } from '../setup/render';
import { server } from '../setup/server';

const METER: MeterOut = {
  id: 7,
  site_id: 1,
  name: 'Cellar',
  consumption_type: 'electricity',
  unit: 'kWh',
  source: 'register',
  direction: 'import',
  is_default: false,
  serial_number: null,
  register_digits: 5,
  multiplier: 1,
  archived_at: null,
  created_at: '2026-01-01T00:00:00Z',
  record_count: 0,
  first_day: null,
  last_day: null,
};
const EXPLANATIONS = ['rollover', 'replacement', 'mistyped'].map((code) => ({
  code,
  possible: true,
  detail: code,
}));

/** Answers as the server does for a meter last read at 4,800, and keeps what was recorded. */
function serve() {
  const recorded: unknown[] = [];
  server.use(
    http.get('*/api/meters/7/reads/expected', ({ request }) => {
      const query = new URL(request.url).searchParams;
      const value = query.has('value') ? Number(query.get('value')) : null;
      const isRolled = value !== null && value < 4800;
      const use = value === null ? null : value - 4800 + (isRolled ? 100_000 : 0);
      const outcome =
        value === null
          ? null
          : {
              use,
              seconds: 864_000,
              average_per_day: (use ?? 0) / 10,
              is_rollover: isRolled,
              is_usual: true,
              refusal:
                isRolled && query.get('rollover') !== 'true'
                  ? { code: 'runs-backwards', params: {}, detail: 'no', explanations: EXPLANATIONS }
                  : null,
            };
      return HttpResponse.json({
        at: query.get('at'),
        unit: 'kWh',
        time_zone: 'Europe/Madrid',
        register_digits: 5,
        multiplier: 1,
        previous: { id: 1, read_at: '2026-01-01T00:00:00Z', value: 4800, kind: 'regular' },
        next: null,
        low: 4880,
        high: 4950,
        outcome,
      });
    }),
    http.post('*/api/meters/7/reads', async ({ request }) => {
      const body = (await request.json()) as object;
      recorded.push(body);
      return HttpResponse.json({ id: 2, ...body }, { status: 201 });
    }),
  );
  return recorded;
}

function show() {
  const onSaved = jest.fn();
  const onInstead = jest.fn();
  const { container } = render(
    <ReadForm meter={METER} timeZone="Europe/Madrid" onSaved={onSaved} onInstead={onInstead} />,
  );
  return { onSaved, onInstead, container };
}

async function violations(container: HTMLElement): Promise<string[]> {
  const found = (await axe(container)) as { violations: { id: string }[] };
  return found.violations.map((one) => one.id);
}

const dial = () => screen.findByLabelText('What the dial shows');

test('the last read, the range and the use are said while typing', async () => {
  serve();
  const { container } = show();
  const field = await dial();
  expect(await screen.findByText(/^Last read: 4,800, /)).toBeVisible();
  expect(screen.getByText('To be expected: 4,880 to 4,950.')).toBeVisible();
  await userEvent.type(field, '4900');
  expect(await screen.findByText('100 kWh in 10 days, that is 10 kWh a day.')).toBeVisible();
  expect(await violations(container)).toEqual([]);
});

test('what was typed is recorded once', async () => {
  const recorded = serve();
  const { onSaved } = show();
  await userEvent.type(await dial(), '4900.5');
  const save = screen.getByRole('button', { name: 'Save the read' });
  await userEvent.dblClick(save);
  await waitFor(() => expect(onSaved).toHaveBeenCalledTimes(1));
  expect(recorded).toEqual([
    expect.objectContaining({ value: 4900.5, kind: 'regular', rollover: false, note: null }),
  ]);
});

test('a fall is explained, and each reason leads to what to do', async () => {
  const recorded = serve();
  const { onInstead, onSaved, container } = show();
  const field = await dial();
  await userEvent.type(field, '4210');
  const alert = within(await screen.findByRole('alert'));
  expect(alert.getByText('The dial would run backwards')).toBeVisible();
  expect(await violations(container)).toEqual([]);
  await userEvent.click(alert.getByRole('button', { name: 'Record the replacement' }));
  expect(onInstead).toHaveBeenCalledWith('replacement', expect.objectContaining({ value: 4210 }));
  await userEvent.click(alert.getByRole('button', { name: 'Correct it' }));
  expect(field).toHaveFocus();
  await userEvent.click(alert.getByRole('button', { name: 'It rolled over' }));
  expect(await screen.findByText(/^99,410 kWh in 10 days/)).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Save the read' }));
  await waitFor(() => expect(onSaved).toHaveBeenCalled());
  expect(recorded).toEqual([expect.objectContaining({ value: 4210, rollover: true })]);
});

test('nothing is sent without a number', async () => {
  const recorded = serve();
  show();
  await dial();
  await userEvent.click(screen.getByRole('button', { name: 'Save the read' }));
  expect(await screen.findByText('Type the number on the dial.')).toBeVisible();
  expect(recorded).toEqual([]);
});

test('what is typed stands in boxes as on the dial, decimals apart', () => {
  const digitsOf = (value: number | null) =>
    render(<DialBoxes value={value} digits={5} />).container.textContent;
  expect(digitsOf(null)).toBe('00000');
  expect(digitsOf(481.25)).toBe('0048125');
  expect(digitsOf(123_456)).toBe('');
});
