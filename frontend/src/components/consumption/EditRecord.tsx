'use client';

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter, useSearchParams } from 'next/navigation';
import { useState } from 'react';

import { EmptyState } from '@/components/common/EmptyState';
import { PageHeader } from '@/components/common/PageHeader';
import { QueryPanel } from '@/components/common/QueryPanel';
import { RECORD_FIELDS, valuesOf } from '@/components/consumption/record-values';
import { RecordForm } from '@/components/consumption/RecordForm';
import { SaveProblem } from '@/components/consumption/SaveProblem';
import { StaleDialog } from '@/components/consumption/StaleDialog';
import { useRecordForm } from '@/components/consumption/use-record-form';
import { useUndoableDelete } from '@/components/consumption/use-undoable-delete';
import { Button, ButtonLink } from '@/components/ui/Button';
import { Skeleton } from '@/components/ui/Skeleton';
import { useNotify } from '@/components/ui/Toast';
import { useFormat } from '@/context/preferences';
import { useAppTexts } from '@/hooks/app-texts';
import { useSession } from '@/context/session';
import { recordOptions, useReplaceRecord } from '@/hooks/consumption';
import { meterListOptions } from '@/hooks/meters';
import { useFieldText } from '@/hooks/problem-text';
import type { ConsumptionCreate, ConsumptionOut } from '@/lib/api';
import { showOnFields } from '@/lib/forms';
import { paths } from '@/lib/paths';
import { toProblem } from '@/lib/problem';

export function EditRecord() {
  const t = useAppTexts();
  const id = Number(useSearchParams().get('id'));
  const isId = Number.isSafeInteger(id) && id > 0;
  const record = useQuery({ ...recordOptions(id), enabled: isId });
  // A form that grew by a choice of meters would slip away under the hand.
  const { isFetched } = useQuery(meterListOptions());
  const query = isFetched ? record : { ...record, data: undefined, error: null };
  const isGone = !isId || (record.error !== null && toProblem(record.error).kind === 'gone');
  return (
    <>
      <PageHeader title={t.entry.editTitle} />
      {isGone ? (
        <div className="card max-w-2xl">
          <EmptyState title={t.entry.goneTitle} text={t.entry.goneText}>
            <ButtonLink href={paths.consumption()}>{t.entry.toList}</ButtonLink>
          </EmptyState>
        </div>
      ) : (
        <QueryPanel query={query} skeleton={<Skeleton className="h-[34rem] max-w-2xl" />}>
          {(found) => <EditForm key={found.id} record={found} />}
        </QueryPanel>
      )}
    </>
  );
}

function EditForm({ record }: { record: ConsumptionOut }) {
  const t = useAppTexts();
  const say = useFieldText();
  const format = useFormat();
  const router = useRouter();
  const notify = useNotify();
  const queryClient = useQueryClient();
  const { mayWrite } = useSession();
  const form = useRecordForm(valuesOf(record, format));
  const replace = useReplaceRecord();
  const deleteWithUndo = useUndoableDelete();
  // The version that the form was filled from: a refetch must not slip a newer one under it.
  const [version, setVersion] = useState(record.version);
  const [stale, setStale] = useState<{ mine: ConsumptionCreate; theirs: ConsumptionOut } | null>(
    null,
  );

  const save = async (body: ConsumptionCreate, over = version) => {
    try {
      await replace.mutateAsync({ id: record.id, version: over, body });
    } catch (error) {
      const problem = toProblem(error);
      if (problem.kind === 'stale') await askWhichStays(body);
      else showOnFields(problem, RECORD_FIELDS, form.setError, say);
      return;
    }
    notify({ text: t.consumption.saved });
    router.push(paths.consumption());
  };
  const askWhichStays = async (mine: ConsumptionCreate) => {
    const theirs = await queryClient.fetchQuery({ ...recordOptions(record.id), staleTime: 0 });
    setStale({ mine, theirs });
  };
  const takeTheirs = (theirs: ConsumptionOut) => {
    form.reset(valuesOf(theirs, format));
    setVersion(theirs.version);
    setStale(null);
  };
  const remove = () => {
    void deleteWithUndo([record]);
    router.push(paths.consumption());
  };

  return (
    <>
      <RecordForm
        form={form}
        onSubmit={(body) => save(body)}
        problem={<SaveProblem error={replace.error} />}
      >
        {mayWrite && (
          <>
            <Button type="submit" variant="primary" aria-disabled={replace.isPending}>
              {replace.isPending ? t.common.saving : t.common.save}
            </Button>
            <ButtonLink href={paths.consumption()}>{t.common.cancel}</ButtonLink>
            <Button variant="danger" className="sm:ml-auto" onClick={remove}>
              {t.common.delete}
            </Button>
          </>
        )}
      </RecordForm>
      {stale && (
        <StaleDialog
          {...stale}
          onClose={() => setStale(null)}
          onTakeTheirs={() => takeTheirs(stale.theirs)}
          onKeepMine={() => {
            setVersion(stale.theirs.version);
            setStale(null);
            void save(stale.mine, stale.theirs.version);
          }}
        />
      )}
    </>
  );
}
