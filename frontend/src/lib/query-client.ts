import { QueryClient } from '@tanstack/react-query';

import { isPassing, toProblem } from '@/lib/problem';

const FRESH_MS = 30_000;
const MAX_TRIES = 2;

export const makeQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: FRESH_MS,
        retry: (count, error) => count < MAX_TRIES && isPassing(toProblem(error)),
        retryDelay: (count) => 400 * 2 ** count,
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  });
