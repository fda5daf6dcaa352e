import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { EmptyState } from '@/components/common/EmptyState';
import { QueryPanel } from '@/components/common/QueryPanel';
import { AddApiKey } from '@/components/settings/AddApiKey';
import { ShownKey } from '@/components/settings/ShownKey';
import { Button } from '@/components/ui/Button';
import { Dialog } from '@/components/ui/Dialog';
import { Skeleton } from '@/components/ui/Skeleton';
import { useNotify } from '@/components/ui/Toast';
import { useFormat } from '@/context/preferences';
import { useAppTexts } from '@/hooks/app-texts';
import { useMe } from '@/context/session';
import { apiKeyListOptions, useRevokeApiKey } from '@/hooks/api-keys';
import { meterListOptions } from '@/hooks/meters';
import { useProblemText } from '@/hooks/problem-text';
import type { ApiKeyOut, NewApiKey } from '@/lib/api';
import { toProblem } from '@/lib/problem';

/** Keys of devices and scripts: made, listed with their last use, and taken away. */
export function ApiKeys() {
  const t = useAppTexts();
  const query = useQuery(apiKeyListOptions());
  const [made, setMade] = useState<NewApiKey | null>(null);
  return (
    <>
      {made && <ShownKey made={made} onClose={() => setMade(null)} />}
      <QueryPanel
        query={query}
        skeleton={<Skeleton className="h-24" />}
        isEmpty={(items) => items.length === 0}
        empty={<EmptyState title={t.apiKeys.emptyTitle} text={t.apiKeys.emptyText} />}
      >
        {(items) => (
          <ul>
            {items.map((item) => (
              <KeyItem key={item.id} item={item} />
            ))}
          </ul>
        )}
      </QueryPanel>
      <AddApiKey onMade={setMade} />
    </>
  );
}

function KeyItem({ item }: { item: ApiKeyOut }) {
  const t = useAppTexts();
  const format = useFormat();
  const { user } = useMe();
  const { data: meters = [] } = useQuery(meterListOptions());
  const [isAsking, setAsking] = useState(false);
  const { name, scopes, meter_id: meterId, last_used_at: used, expires_at: expires } = item;
  const scopeTexts: Record<string, string> = t.apiKeys.scopes;
  const facts = [
    scopes.map((scope) => scopeTexts[scope] ?? scope).join(', '),
    meterId !== null && meters.find(({ id }) => id === meterId)?.name,
    used ? t.settings.lastUsed(format.moment(used)) : t.apiKeys.neverUsed,
    expires && t.apiKeys.expires(format.moment(expires)),
    item.created_by !== user.id && t.apiKeys.ofOther,
  ];
  return (
    <li className="flex min-h-14 flex-wrap items-center gap-x-4 gap-y-1 border-t border-line py-2 first:border-0">
      <div className="min-w-40 flex-1">
        <p className="truncate">{name}</p>
        <p className="text-sm text-muted">{facts.filter(Boolean).join(' · ')}</p>
      </div>
      <Button size="sm" aria-label={t.apiKeys.revokeOne(name)} onClick={() => setAsking(true)}>
        {t.apiKeys.revoke}
      </Button>
      <Dialog
        title={t.apiKeys.revokeTitle(name)}
        isOpen={isAsking}
        onClose={() => setAsking(false)}
      >
        <Revoke item={item} onClose={() => setAsking(false)} />
      </Dialog>
    </li>
  );
}

/** A key that is gone does not come back, so it asks. */
function Revoke({ item, onClose }: { item: ApiKeyOut; onClose: () => void }) {
  const t = useAppTexts();
  const notify = useNotify();
  const problemText = useProblemText();
  const { mutateAsync, isPending } = useRevokeApiKey();
  const run = async () => {
    try {
      await mutateAsync(item.id);
      notify({ text: t.apiKeys.revoked(item.name) });
    } catch (error) {
      notify({ text: problemText(toProblem(error)) });
    }
    onClose();
  };
  return (
    <>
      <p className="text-muted">{t.apiKeys.revokeText}</p>
      <div className="mt-6 flex flex-wrap justify-end gap-2.5">
        <Button onClick={onClose}>{t.common.cancel}</Button>
        <Button variant="danger" disabled={isPending} onClick={() => void run()}>
          {t.apiKeys.revoke}
        </Button>
      </div>
    </>
  );
}
