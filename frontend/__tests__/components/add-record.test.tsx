import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http as mock, HttpResponse } from 'msw';

import { AddRecord } from '@/components/consumption/AddRecord';

import { record } from '../setup/fixtures';
import { router } from '../setup/navigation';
import { render } from '../setup/render';
import { server } from '../setup/server';

const URL = 'http://localhost/api/consumption';

type Sent = { body: Record<string, unknown>; key: string | null };

function answer(reply: (count: number) => Response): Sent[] {
  const sent: Sent[] = [];
  server.use(
    mock.get('http://localhost/api/meters', () => HttpResponse.json({ items: [] })),
    mock.post(URL, async ({ request }) => {
      const body = (await request.json()) as Record<string, unknown>;
      sent.push({ body, key: request.headers.get('Idempotency-Key') });
      return reply(sent.length);
    }),
  );
  return sent;
}

const created = () => HttpResponse.json(record, { status: 201 });
const amount = () => screen.getByLabelText('Amount');
const save = () => screen.getByRole('button', { name: 'Save' });

beforeEach(() => {
  localStorage.clear();
  router.push.mockClear();
});

test('an empty amount is named at its field, which gets the focus', async () => {
  const sent = answer(created);
  render(<AddRecord />);
  await userEvent.click(save());
  expect(await screen.findByText('Fill this in.')).toBeInTheDocument();
  expect(amount()).toHaveAttribute('aria-invalid', 'true');
  expect(amount()).toHaveFocus();
  expect(sent).toHaveLength(0);
});

test.each([
  ['twelve', 'Enter a number, such as 12.5.'],
  ['1.23456', 'At most four decimals.'],
  ['99999999999', 'At most 9,999,999,999.9999.'],
])('%s is refused: %s', async (typed, text) => {
  answer(created);
  render(<AddRecord />);
  await userEvent.type(amount(), typed);
  await userEvent.click(save());
  expect(await screen.findByText(text)).toBeInTheDocument();
});

test('what is typed is what is sent, and the dashboard shows it', async () => {
  const sent = answer(created);
  render(<AddRecord />);
  await userEvent.click(screen.getByRole('radio', { name: 'Water' }));
  await userEvent.type(amount(), '7.25');
  await userEvent.type(screen.getByLabelText(/Note/), 'kitchen');
  await userEvent.click(save());
  await waitFor(() =>
    expect(router.push).toHaveBeenCalledWith(expect.stringContaining('/dashboard/')),
  );
  expect(sent[0]?.body).toMatchObject({
    consumption_type: 'water',
    amount: 7.25,
    unit: 'm³',
    period_start: null,
    description: 'kitchen',
  });
});

test('two clicks save once', async () => {
  const sent = answer(created);
  render(<AddRecord />);
  await userEvent.type(amount(), '5');
  await userEvent.dblClick(save());
  await waitFor(() => expect(router.push).toHaveBeenCalled());
  expect(sent).toHaveLength(1);
});

test('without a connection nothing typed is lost, and the second try has the same key', async () => {
  const sent = answer((count) => (count === 1 ? HttpResponse.error() : created()));
  render(<AddRecord />);
  await userEvent.type(amount(), '5');
  await userEvent.click(save());
  expect(await screen.findByRole('alert')).toHaveTextContent('Not saved: there is no connection.');
  expect(amount()).toHaveValue('5');
  await userEvent.click(save());
  await waitFor(() => expect(router.push).toHaveBeenCalled());
  expect(sent[1]?.key).toBe(sent[0]?.key);
});

test("the server's finding lands on its field", async () => {
  answer(() =>
    HttpResponse.json(
      {
        type: '/problems/invalid',
        title: 'Not valid',
        status: 422,
        detail: 'x',
        request_id: 'r2',
        errors: [{ pointer: '/consumption_date', detail: 'must be at most tomorrow' }],
      },
      { status: 422 },
    ),
  );
  render(<AddRecord />);
  await userEvent.type(amount(), '5');
  await userEvent.click(save());
  expect(await screen.findByText('Must be at most tomorrow.')).toBeInTheDocument();
  expect(screen.getByLabelText('Day')).toHaveAttribute('aria-invalid', 'true');
});

test('adding another keeps the utility and starts with an empty amount', async () => {
  answer(created);
  render(<AddRecord />);
  await userEvent.click(screen.getByRole('radio', { name: 'Gas' }));
  await userEvent.type(amount(), '5');
  await userEvent.click(screen.getByRole('button', { name: 'Save and add another' }));
  await waitFor(() => expect(amount()).toHaveValue(''));
  expect(screen.getByRole('radio', { name: 'Gas' })).toBeChecked();
  expect(router.push).not.toHaveBeenCalled();
});

test('a period that ends before it starts is refused at its first day', async () => {
  answer(created);
  render(<AddRecord />);
  await userEvent.type(amount(), '5');
  await userEvent.click(screen.getByRole('radio', { name: 'A period' }));
  const first = screen.getByLabelText('First day');
  await userEvent.clear(first);
  await userEvent.type(first, '2026-06-30');
  const last = screen.getByLabelText('Last day');
  await userEvent.clear(last);
  await userEvent.type(last, '2026-06-01');
  await userEvent.click(save());
  expect(await screen.findByText('The first day must not be after the last.')).toBeInTheDocument();
});
