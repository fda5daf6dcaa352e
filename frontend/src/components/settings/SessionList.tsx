import { useQuery } from '@tanstack/react-query';
import { Monitor, Smartphone } from 'lucide-react';

import { QueryPanel } from '@/components/common/QueryPanel';
import { deviceOf } from '@/components/settings/device';
import { Button } from '@/components/ui/Button';
import { Skeleton } from '@/components/ui/Skeleton';
import { useNotify } from '@/components/ui/Toast';
import { useFormat } from '@/context/preferences';
import { useAppTexts } from '@/hooks/app-texts';
import { sessionListOptions, useEndSessions } from '@/hooks/account';
import { useProblemText } from '@/hooks/problem-text';
import type { SessionOut } from '@/lib/api';
import { toProblem } from '@/lib/problem';

export function SessionList() {
  const t = useAppTexts();
  const notify = useNotify();
  const problemText = useProblemText();
  const query = useQuery(sessionListOptions());
  const end = useEndSessions();
  const run = async (id: number | 'others') => {
    try {
      await end.mutateAsync(id);
      notify({ text: id === 'others' ? t.settings.othersEnded : t.settings.sessionEnded });
    } catch (error) {
      notify({ text: problemText(toProblem(error)) });
    }
  };
  return (
    <QueryPanel query={query} skeleton={<Skeleton className="h-24" />}>
      {(items) => (
        <>
          <ul>
            {items.map((item) => (
              <SessionItem key={item.id} item={item} onEnd={() => void run(item.id)} />
            ))}
          </ul>
          {items.length > 1 && (
            <Button className="mt-4" disabled={end.isPending} onClick={() => void run('others')}>
              {t.settings.endOthers}
            </Button>
          )}
        </>
      )}
    </QueryPanel>
  );
}

function SessionItem({ item, onEnd }: { item: SessionOut; onEnd: () => void }) {
  const t = useAppTexts();
  const format = useFormat();
  const device = deviceOf(item.user_agent);
  const name = device
    ? t.settings.deviceOn(device.browser, device.system)
    : t.settings.unknownDevice;
  const Icon = device?.isPhone ? Smartphone : Monitor;
  return (
    <li className="flex min-h-14 items-center gap-4 border-t border-line py-2 first:border-0">
      <Icon aria-hidden className="size-5 shrink-0 text-muted" />
      <div className="min-w-0 flex-1">
        <p className="truncate">{name}</p>
        <p className="text-sm text-muted">
          {item.current ? t.settings.thisSession : t.settings.lastUsed(format.moment(item.used_at))}
        </p>
      </div>
      {!item.current && (
        <Button size="sm" aria-label={`${t.settings.endSession}: ${name}`} onClick={onEnd}>
          {t.settings.endSession}
        </Button>
      )}
    </li>
  );
}
