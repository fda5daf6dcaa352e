import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';

import { lazyFeature } from '@/components/common/lazy-feature';
import { sessionStore } from '@/lib/session-store';

import { signedIn } from '../setup/fixtures';
import { render } from '../setup/render';

function Counter() {
  const [count, setCount] = useState(0);
  return (
    <button type="button" onClick={() => setCount(count + 1)}>
      pressed {count}
    </button>
  );
}

test('the code of a page is asked for before anyone is known to be signed in', async () => {
  const load = jest.fn(() => Promise.resolve(Counter));
  const Feature = lazyFeature(load);
  expect(load).toHaveBeenCalledTimes(1);
  render(<Feature />);
  act(() => sessionStore.signOut());
  await waitFor(() => expect(document.querySelector('[aria-busy="true"]')).not.toBeNull());
  expect(screen.queryByRole('button', { name: /pressed/ })).toBeNull();
  act(() => void sessionStore.signIn(signedIn));
  expect(await screen.findByRole('button', { name: 'pressed 0' })).toBeVisible();
  expect(load).toHaveBeenCalledTimes(1);
});

test('another account starts with a new page', async () => {
  const Feature = lazyFeature(() => Promise.resolve(Counter));
  render(<Feature />);
  await userEvent.click(await screen.findByRole('button', { name: 'pressed 0' }));
  expect(screen.getByRole('button', { name: 'pressed 1' })).toBeVisible();
  act(() => void sessionStore.signIn(signedIn));
  expect(screen.getByRole('button', { name: 'pressed 1' })).toBeVisible();
  const elsewhere = { ...signedIn, account: { ...signedIn.account, id: 99 } };
  act(() => void sessionStore.signIn(elsewhere));
  expect(screen.getByRole('button', { name: 'pressed 0' })).toBeVisible();
});
