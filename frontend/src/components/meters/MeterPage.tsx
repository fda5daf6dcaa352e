'use client';

import { useQuery } from '@tanstack/react-query';
import { Archive, ArchiveRestore, Import, List, Pencil, Plus } from 'lucide-react';
import { useSearchParams } from 'next/navigation';
import { useState } from 'react';

import { EmptyState } from '@/components/common/EmptyState';
import { PageHeader } from '@/components/common/PageHeader';
import { ProblemMessage } from '@/components/common/ProblemMessage';
import { MeterTabs } from '@/components/meter-data/MeterTabs';
import { Patterns } from '@/components/meter-data/Patterns';
import { QualityPanel } from '@/components/meter-data/QualityPanel';
import { Timeline } from '@/components/meter-data/Timeline';
import { MeterDialog } from '@/components/meters/MeterDialog';
import { MeterExport } from '@/components/meters/MeterExport';
import { MeterUsage } from '@/components/meters/MeterUsage';
import { ReadsSection } from '@/components/reads/ReadsSection';
import { Button, ButtonLink } from '@/components/ui/Button';
import { Skeleton } from '@/components/ui/Skeleton';
import { useNotify } from '@/components/ui/Toast';
import { useFormat, usePreferences } from '@/context/preferences';
import { useSession } from '@/context/session';
import { useMeterTexts, type MeterTexts } from '@/hooks/meter-texts';
import { meterOptions, siteListOptions, useSaveMeter } from '@/hooks/meters';
import { useProblemText } from '@/hooks/problem-text';
import type { MeterOut, SiteOut } from '@/lib/api';
import { paths } from '@/lib/paths';
import { toProblem } from '@/lib/problem';
import { unitName } from '@/lib/units';

export function MeterPage() {
  const t = useMeterTexts();
  const id = Number(useSearchParams().get('id'));
  const isId = Number.isSafeInteger(id) && id > 0;
  const query = useQuery({ ...meterOptions(id), enabled: isId });
  if (query.data) return <MeterView meter={query.data} />;
  const isGone = !isId || (query.error !== null && toProblem(query.error).kind === 'gone');
  if (isGone) {
    return (
      <>
        <PageHeader title={t.meters.title} />
        <div className="card">
          <EmptyState title={t.meters.goneTitle} text={t.meters.goneText}>
            <ButtonLink href={paths.meters()}>{t.meters.toMeters}</ButtonLink>
          </EmptyState>
        </div>
      </>
    );
  }
  return (
    <>
      <PageHeader title={t.meters.title} />
      {query.error ? (
        <ProblemMessage
          error={query.error}
          title={t.problem.loadTitle}
          onRetry={() => void query.refetch()}
        />
      ) : (
        <div className="min-h-dvh">
          <Skeleton className="h-[32rem]" />
        </div>
      )}
    </>
  );
}

function MeterView({ meter }: { meter: MeterOut }) {
  const t = useMeterTexts();
  const { mayWrite } = useSession();
  const { data: sites = [] } = useQuery(siteListOptions());
  const { timeZone } = usePreferences();
  const [isEditing, setEditing] = useState(false);
  const site = sites.find((one) => one.id === meter.site_id);
  const isRead = meter.source === 'register';
  const isMetered = meter.source === 'intervals';
  const hasIntervals = isMetered && meter.first_day !== null;
  return (
    <>
      <PageHeader
        title={meter.name}
        lead={[site?.name, `${t.utility[meter.consumption_type]}, ${unitName(meter.unit)}`]
          .filter(Boolean)
          .join(' · ')}
      >
        {meter.source === 'entries' && (
          <ButtonLink href={paths.consumption({ meter_id: meter.id })}>
            <List aria-hidden className="size-4" />
            {t.meters.seeRecords}
          </ButtonLink>
        )}
        <MeterExport meter={meter} />
        {mayWrite && (
          <>
            <ArchiveButton meter={meter} />
            <Button onClick={() => setEditing(true)}>
              <Pencil aria-hidden className="size-4" />
              {t.common.edit}
            </Button>
            {!meter.archived_at && isMetered && (
              <ButtonLink href={paths.importFile()} variant="primary">
                <Import aria-hidden className="size-4" />
                {t.nav.import}
              </ButtonLink>
            )}
            {!meter.archived_at && !isMetered && (
              <ButtonLink
                href={paths.addConsumption({
                  utility: meter.consumption_type,
                  meter_id: meter.id,
                  how: isRead ? 'read' : null,
                })}
                variant="primary"
              >
                <Plus aria-hidden className="size-4" />
                {isRead ? t.reads.add : t.meters.addRecord}
              </ButtonLink>
            )}
          </>
        )}
      </PageHeader>
      <MeterTabs
        tabs={{
          usage: (
            <>
              <MeterUsage meter={meter} />
              {hasIntervals && <Patterns meter={meter} />}
            </>
          ),
          reads: isRead && (
            <ReadsSection
              meter={meter}
              timeZone={site?.time_zone ?? timeZone}
              onDigits={() => setEditing(true)}
            />
          ),
          quality: hasIntervals && <QualityPanel meter={meter} />,
          imports: <Timeline meter={meter} />,
          settings: <Details meter={meter} site={site} />,
        }}
      />
      {isEditing && (
        <MeterDialog
          meter={meter}
          siteId={meter.site_id}
          sites={sites}
          onClose={() => setEditing(false)}
        />
      )}
    </>
  );
}

function ArchiveButton({ meter }: { meter: MeterOut }) {
  const t = useMeterTexts();
  const notify = useNotify();
  const problemText = useProblemText();
  const save = useSaveMeter();
  const change = async (isArchived: boolean) => {
    try {
      await save.mutateAsync({ id: meter.id, body: { archived: isArchived } });
    } catch (error) {
      notify({ text: problemText(toProblem(error)) });
      return;
    }
    notify({
      text: isArchived ? t.meters.archivedDone(meter.name) : t.meters.restoredDone(meter.name),
      action: { label: t.common.undo, onAct: () => void change(!isArchived) },
    });
  };
  const Icon = meter.archived_at ? ArchiveRestore : Archive;
  return (
    <Button
      disabled={save.isPending}
      title={t.meters.archiveHint}
      onClick={() => void change(!meter.archived_at)}
    >
      <Icon aria-hidden className="size-4" />
      {meter.archived_at ? t.meters.restore : t.meters.archive}
    </Button>
  );
}

const sourceName = ({ source }: MeterOut, t: MeterTexts): string =>
  source === 'intervals' ? t.reads.byIntervals : t.reads.sources[source];

function Details({ meter, site }: { meter: MeterOut; site: SiteOut | undefined }) {
  const t = useMeterTexts();
  const format = useFormat();
  const rows: [string, string][] = [
    [t.meters.site, site?.name ?? '–'],
    [t.auth.timeZone, site?.time_zone.replace(/_/g, ' ') ?? '–'],
    [t.reads.source, sourceName(meter, t)],
    [t.meters.serial, meter.serial_number ?? '–'],
    [
      t.meters.range,
      meter.first_day && meter.last_day ? format.range(meter.first_day, meter.last_day) : '–',
    ],
    ...(meter.source === 'entries'
      ? [[t.meters.records, format.number(meter.record_count, 0)] as [string, string]]
      : []),
    [t.import.columns.status, meter.archived_at ? t.meters.archived : t.meters.active],
    [t.meters.created_at, format.moment(meter.created_at)],
  ];
  return (
    <section className="card p-5 lg:p-6" aria-labelledby="details">
      <h2 id="details" className="mb-2 font-semibold">
        {t.meters.detailsTitle}
      </h2>
      <dl>
        {rows.map(([name, value]) => (
          <div
            key={name}
            className="flex justify-between gap-4 border-t border-line py-2.5 first:border-0"
          >
            <dt className="text-muted">{name}</dt>
            <dd className="min-w-0 text-right break-words">{value}</dd>
          </div>
        ))}
      </dl>
      {meter.archived_at && <p className="mt-3 text-sm text-muted">{t.meters.archiveHint}</p>}
    </section>
  );
}
