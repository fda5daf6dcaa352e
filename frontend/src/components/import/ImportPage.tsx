'use client';

import { useState } from 'react';

import { EmptyState } from '@/components/common/EmptyState';
import { PageHeader } from '@/components/common/PageHeader';
import { ImportDone } from '@/components/import/ImportDone';
import { ImportFlow } from '@/components/import/ImportFlow';
import { ImportHistory } from '@/components/import/ImportHistory';
import { FileDrop } from '@/components/import/FileDrop';
import { ImportRunning } from '@/components/import/ImportRunning';
import { useChosenFile } from '@/components/import/use-chosen-file';
import { useAppTexts } from '@/hooks/app-texts';
import { ButtonLink } from '@/components/ui/Button';
import { useSession } from '@/context/session';
import { isUnderWay } from '@/hooks/imports';
import type { ImportOut } from '@/lib/api';
import { paths } from '@/lib/paths';

/** Drop a file, see what it would do, store it, and take it back at any time. */
export function ImportPage() {
  const t = useAppTexts();
  const { mayWrite, isGuest } = useSession();
  const { chosen, choose } = useChosenFile();
  const [done, setDone] = useState<ImportOut | null>(null);
  const start = (file: File | null) => {
    setDone(null);
    choose(file);
  };
  return (
    <>
      <PageHeader title={t.import.title} lead={t.import.lead} />
      {done && done.id !== null && isUnderWay(done) ? (
        <ImportRunning id={done.id} onAnother={() => start(null)} />
      ) : done ? (
        <ImportDone result={done} onAnother={() => start(null)} />
      ) : chosen ? (
        <ImportFlow
          key={chosen.id}
          chosen={chosen}
          onDone={setDone}
          onAnother={() => start(null)}
        />
      ) : (
        mayWrite && <FileDrop onFile={start} />
      )}
      {isGuest && (
        <div className="card">
          <EmptyState title={t.import.guestTitle} text={t.import.guestText}>
            <ButtonLink href={paths.register()} variant="primary">
              {t.common.createAccount}
            </ButtonLink>
          </EmptyState>
        </div>
      )}
      <ImportHistory />
    </>
  );
}
