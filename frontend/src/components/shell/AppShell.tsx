'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useRef, useState, type ReactNode } from 'react';

import { ProblemMessage } from '@/components/common/ProblemMessage';
import { BottomBar, SideBar, TopBar } from '@/components/shell/Navigation';
import { DemoNotice, Notices } from '@/components/shell/Notices';
import { useFileDrop } from '@/components/shell/use-file-drop';
import { useNotify } from '@/components/ui/Toast';
import { useTexts } from '@/context/preferences';
import { useSession } from '@/context/session';
import { paths } from '@/lib/paths';
import { restoreSession } from '@/lib/restore-session';

// Who is signed in is found out while the page comes alive; what fails here is tried again below.
if (typeof window !== 'undefined') void restoreSession().catch(() => undefined);

/** The frame of every page behind the login; its pages show themselves to who is signed in. */
export function AppShell({ children }: { children: ReactNode }) {
  const t = useTexts();
  const router = useRouter();
  const notify = useNotify();
  const { status, me, restore } = useSession();
  const [error, setError] = useState<unknown>(null);
  const isDropping = useFileDrop();

  useEffect(() => {
    if (status === 'unknown' && !error) restore().catch(setError);
    if (status === 'out') {
      const { pathname, search } = window.location;
      router.replace(paths.login({ next: pathname + search }));
    }
  }, [status, error, restore, router]);

  const accountId = me?.account.id;
  const name = me?.account.name ?? '';
  const shown = useRef(accountId);
  useEffect(() => {
    if (shown.current !== undefined && accountId !== undefined && shown.current !== accountId) {
      // What the address names belongs to the account before.
      router.replace(paths.dashboard());
      notify({ text: t.shell.nowIn(name) });
    }
    shown.current = accountId;
  }, [accountId, name, notify, router, t]);

  return (
    <div className="min-h-dvh md:grid md:grid-cols-[15rem_minmax(0,1fr)] print:block">
      <a
        href="#content"
        className="sr-only z-50 rounded-lg bg-ink px-4 py-3 text-canvas focus:not-sr-only focus:fixed focus:top-3 focus:left-3"
      >
        {t.skipToContent}
      </a>
      <SideBar />
      <div className="flex min-w-0 flex-col">
        <TopBar />
        <Notices />
        <main
          id="content"
          tabIndex={-1}
          className="mx-auto w-full max-w-[105rem] flex-1 px-5 pt-6 pb-28 outline-none md:px-8 md:pt-8 md:pb-12 2xl:px-12 print:max-w-none print:p-0"
        >
          {error ? (
            <ProblemMessage
              error={error}
              title={t.problem.loadTitle}
              onRetry={() => setError(null)}
            />
          ) : (
            children
          )}
          <DemoNotice className="mt-6 text-center md:hidden" />
        </main>
      </div>
      <BottomBar />
      {isDropping && (
        <div className="pointer-events-none fixed inset-3 z-50 grid place-items-center rounded-2xl border-2 border-dashed border-ink bg-surface/90 text-xl font-semibold">
          {t.shell.dropHere}
        </div>
      )}
    </div>
  );
}
