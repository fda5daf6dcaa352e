import { WifiOff } from 'lucide-react';
import { Link } from '@/components/ui/Link';
import { useSyncExternalStore } from 'react';

import { useTexts } from '@/context/preferences';
import { useSession } from '@/context/session';
import { cn } from '@/lib/cn';
import { paths } from '@/lib/paths';

function subscribe(listener: () => void): () => void {
  window.addEventListener('online', listener);
  window.addEventListener('offline', listener);
  return () => {
    window.removeEventListener('online', listener);
    window.removeEventListener('offline', listener);
  };
}

/** What holds for the whole application at the moment. */
export function Notices() {
  const t = useTexts();
  const isOnline = useSyncExternalStore(
    subscribe,
    () => navigator.onLine,
    () => true,
  );
  return (
    <div aria-live="polite" data-no-print>
      {!isOnline && (
        <p className="flex items-center justify-center gap-2 bg-warn-soft px-5 py-2 text-sm text-warn">
          <WifiOff aria-hidden className="size-4 shrink-0" />
          {t.shell.offline}
        </p>
      )}
    </div>
  );
}

/** Says to guests of the demo where they are; beside the content, so that nothing moves. */
export function DemoNotice({ className }: { className: string }) {
  const t = useTexts();
  const { isGuest } = useSession();
  if (!isGuest) return null;
  return (
    <p className={cn('text-sm text-muted', className)} data-no-print>
      {t.shell.demo}{' '}
      <Link href={paths.register()} className="link whitespace-nowrap">
        {t.common.createAccount}
      </Link>
    </p>
  );
}
