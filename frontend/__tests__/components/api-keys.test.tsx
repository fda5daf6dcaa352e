import { configure, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http as mock, HttpResponse } from 'msw';

import { ApiKeys } from '@/components/settings/ApiKeys';

import { get } from '../setup/api';
import { apiKey, meter } from '../setup/fixtures';
import { render } from '../setup/render';
import { server } from '../setup/server';

// The whole form is typed into, which takes its time on a busy machine.
jest.setTimeout(20_000);
configure({ asyncUtilTimeout: 8_000 });

test('a key is shown once, and put away', async () => {
  const bodies: unknown[] = [];
  server.use(
    get('/api/api-keys', () => ({ items: [] })),
    get('/api/meters', () => ({ items: [meter] })),
    mock.post('http://localhost/api/api-keys', async ({ request }) => {
      bodies.push(await request.json());
      return HttpResponse.json({ ...apiKey, key: 'cns_secret' }, { status: 201 });
    }),
  );
  render(<ApiKeys />);
  await userEvent.type(screen.getByLabelText('What it is for'), ' Home Assistant ');
  await screen.findByRole('option', { name: 'Main meter' });
  await userEvent.selectOptions(screen.getByLabelText('For the meter'), 'Main meter');
  await userEvent.click(screen.getByRole('button', { name: 'Create a key' }));
  expect(await screen.findByLabelText('API key')).toHaveValue('cns_secret');
  expect(bodies).toEqual([{ name: 'Home Assistant', scopes: ['intervals:write'], meter_id: 5 }]);
  await userEvent.click(screen.getByRole('button', { name: 'I have it' }));
  expect(screen.queryByDisplayValue('cns_secret')).toBeNull();
});

test('a key without a name is not asked for', async () => {
  server.use(
    get('/api/api-keys', () => ({ items: [] })),
    get('/api/meters', () => ({ items: [] })),
  );
  render(<ApiKeys />);
  await userEvent.click(screen.getByRole('button', { name: 'Create a key' }));
  await waitFor(() => expect(screen.getByLabelText('What it is for')).toHaveFocus());
  expect(screen.getByLabelText('What it is for')).toHaveAttribute('aria-invalid', 'true');
});
