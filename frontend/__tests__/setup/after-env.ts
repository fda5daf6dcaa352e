import '@testing-library/jest-dom';

import { configure } from '@testing-library/react';

import { server } from './server';

// A busy machine is no failure.
configure({ asyncUtilTimeout: 10_000 });
jest.setTimeout(30_000);

beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
afterEach(() => server.resetHandlers());
afterAll(() => server.close());

// jsdom knows neither media queries, nor modal dialogs, nor secure random identifiers.
window.matchMedia ??= (query: string) =>
  ({
    matches: false,
    media: query,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }) as unknown as MediaQueryList;
HTMLDialogElement.prototype.showModal ??= function showModal(this: HTMLDialogElement) {
  this.open = true;
};
HTMLDialogElement.prototype.close ??= function close(this: HTMLDialogElement) {
  this.open = false;
};
if (!('randomUUID' in crypto)) {
  let count = 0;
  Object.defineProperty(crypto, 'randomUUID', { value: () => `key-${(count += 1)}` });
}
