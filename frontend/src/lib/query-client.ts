import { hashKey, QueryClient } from '@tanstack/react-query';

import { isPassing, toProblem } from '@/lib/problem';
import { sessionStore } from '@/lib/session-store';

const FRESH_MS = 30_000;
const MAX_TRIES = 2;

export const makeQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        // Answers are kept apart by account and person: what one sees is never shown to another.
        queryKeyHashFn: (key) => `${sessionStore.whose()} ${hashKey(key)}`,
        staleTime: FRESH_MS,
        retry: (count, error) => count < MAX_TRIES && isPassing(toProblem(error)),
        retryDelay: (count) => 400 * 2 ** count,
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  });
