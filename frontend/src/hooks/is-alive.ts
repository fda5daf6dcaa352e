import { useSyncExternalStore } from 'react';

const never = () => () => undefined;

/**
 * False in the prerendered page: a form that the browser sent by itself before the page came alive
 * would put what was typed, passwords too, into the address.
 */
export const useIsAlive = (): boolean =>
  useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
