'use client';

import { useQuery } from '@tanstack/react-query';
import { Gauge, MapPin, Pencil, Plus } from 'lucide-react';
import { useState } from 'react';

import { EmptyState } from '@/components/common/EmptyState';
import { PageHeader } from '@/components/common/PageHeader';
import { QueryPanel } from '@/components/common/QueryPanel';
import { MeterDialog } from '@/components/meters/MeterDialog';
import { MeterList } from '@/components/meters/MeterList';
import { SiteDialog } from '@/components/meters/SiteDialog';
import { Button } from '@/components/ui/Button';
import { Checkbox } from '@/components/ui/controls';
import { Skeleton } from '@/components/ui/Skeleton';
import { useAppTexts } from '@/hooks/app-texts';
import { useSession } from '@/context/session';
import { meterListOptions, siteListOptions } from '@/hooks/meters';
import type { MeterOut, SiteOut } from '@/lib/api';

type Open =
  | { kind: 'meter'; meter: MeterOut | null; siteId: number | null }
  | { kind: 'site'; site: SiteOut | null };

export function MetersPage() {
  const t = useAppTexts();
  const { mayWrite } = useSession();
  const sites = useQuery(siteListOptions());
  const meters = useQuery(meterListOptions());
  const [open, setOpen] = useState<Open | null>(null);
  const [isArchivedShown, setArchivedShown] = useState(false);
  const all = meters.data ?? [];
  const hasArchived = all.some((meter) => meter.archived_at);
  return (
    <>
      <PageHeader title={t.meters.title} lead={t.meters.lead}>
        {mayWrite && (
          <>
            <Button onClick={() => setOpen({ kind: 'site', site: null })}>
              <MapPin aria-hidden className="size-4" />
              {t.meters.addSite}
            </Button>
            <Button
              variant="primary"
              onClick={() => setOpen({ kind: 'meter', meter: null, siteId: null })}
            >
              <Plus aria-hidden className="size-4" />
              {t.meters.addMeter}
            </Button>
          </>
        )}
      </PageHeader>
      <QueryPanel query={sites} skeleton={<Skeleton className="h-72" />}>
        {(places) => (
          <div className="flex flex-col gap-5">
            {places.map((site) => (
              <section key={site.id} className="card" aria-labelledby={`site-${site.id}`}>
                <header className="flex items-center gap-3 px-5 pt-5 lg:px-6">
                  <div className="min-w-0 flex-1">
                    <h2 id={`site-${site.id}`} className="truncate text-lg font-semibold">
                      {site.name}
                    </h2>
                    <p className="text-sm text-muted">{site.time_zone.replace(/_/g, ' ')}</p>
                  </div>
                  {mayWrite && (
                    <Button
                      variant="quiet"
                      size="icon"
                      aria-label={`${t.meters.editSite}: ${site.name}`}
                      onClick={() => setOpen({ kind: 'site', site })}
                    >
                      <Pencil aria-hidden className="size-4" />
                    </Button>
                  )}
                </header>
                <QueryPanel
                  query={meters}
                  className="p-5 lg:px-6"
                  skeleton={<Skeleton className="h-40" />}
                  isEmpty={(found) => found.length === 0}
                  empty={
                    <EmptyState
                      icon={<Gauge aria-hidden className="size-7" />}
                      title={t.meters.emptyTitle}
                      text={t.meters.emptyText}
                    >
                      {mayWrite && (
                        <Button
                          onClick={() => setOpen({ kind: 'meter', meter: null, siteId: site.id })}
                        >
                          {t.meters.addMeter}
                        </Button>
                      )}
                    </EmptyState>
                  }
                >
                  {(found) => (
                    <MeterList
                      meters={found.filter(
                        (meter) =>
                          meter.site_id === site.id && (isArchivedShown || !meter.archived_at),
                      )}
                      onEdit={(meter) => setOpen({ kind: 'meter', meter, siteId: meter.site_id })}
                    />
                  )}
                </QueryPanel>
              </section>
            ))}
          </div>
        )}
      </QueryPanel>
      {hasArchived && (
        <label className="mt-4 flex min-h-11 w-fit items-center gap-2.5">
          <Checkbox
            checked={isArchivedShown}
            onChange={({ target }) => setArchivedShown(target.checked)}
          />
          {t.meters.showArchived}
        </label>
      )}
      {open?.kind === 'meter' && (
        <MeterDialog
          meter={open.meter}
          siteId={open.siteId}
          sites={sites.data ?? []}
          onClose={() => setOpen(null)}
        />
      )}
      {open?.kind === 'site' && <SiteDialog site={open.site} onClose={() => setOpen(null)} />}
    </>
  );
}
