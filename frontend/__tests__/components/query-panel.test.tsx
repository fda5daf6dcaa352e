import { useQuery } from '@tanstack/react-query';
import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';

import { QueryPanel } from '@/components/common/QueryPanel';
import { Problem } from '@/lib/problem';

import { render } from '../setup/render';

function Panel({ load }: { load: () => Promise<string[]> }) {
  const query = useQuery({ queryKey: ['panel'], queryFn: load, retry: false });
  return (
    <QueryPanel
      query={query}
      skeleton={<div data-testid="skeleton" />}
      isEmpty={(items) => items.length === 0}
      empty={<p>Nothing here yet</p>}
    >
      {(items) => <p>{items.join(', ')}</p>}
    </QueryPanel>
  );
}

test('while loading: a skeleton, announced', () => {
  render(<Panel load={() => new Promise(() => undefined)} />);
  expect(screen.getByTestId('skeleton')).toBeInTheDocument();
  expect(screen.getByText('Loading')).toHaveAttribute('role', 'status');
});

test('with data: the data', async () => {
  render(<Panel load={() => Promise.resolve(['a', 'b'])} />);
  expect(await screen.findByText('a, b')).toBeInTheDocument();
  expect(screen.queryByTestId('skeleton')).not.toBeInTheDocument();
});

test('without data: why there is nothing', async () => {
  render(<Panel load={() => Promise.resolve([])} />);
  expect(await screen.findByText('Nothing here yet')).toBeInTheDocument();
});

test('after an error: what happened, its request id, and a retry that works', async () => {
  const load = jest
    .fn<Promise<string[]>, []>()
    .mockRejectedValueOnce(
      new Problem({ detail: 'The database is away.', request_id: 'r9' }, 'other'),
    )
    .mockResolvedValueOnce(['back']);
  render(<Panel load={load} />);
  expect(await screen.findByRole('alert')).toHaveTextContent('The database is away.');
  expect(screen.getByText('Request r9')).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByText('back')).toBeInTheDocument();
});
