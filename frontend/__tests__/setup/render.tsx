import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render as renderPlain } from '@testing-library/react';
import type { ReactElement } from 'react';

import { ToastProvider } from '@/components/ui/Toast';
import { PreferencesProvider } from '@/context/preferences';
import { SessionProvider } from '@/context/session';
import { sessionStore } from '@/lib/session-store';

import { signedIn } from './fixtures';

/** Renders as someone who is signed in. */
export function render(element: ReactElement) {
  sessionStore.signIn(signedIn);
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return renderPlain(
    <QueryClientProvider client={queryClient}>
      <SessionProvider>
        <PreferencesProvider>
          <ToastProvider>{element}</ToastProvider>
        </PreferencesProvider>
      </SessionProvider>
    </QueryClientProvider>,
  );
}
