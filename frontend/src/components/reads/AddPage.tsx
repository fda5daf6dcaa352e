'use client';

import { useQuery } from '@tanstack/react-query';
import { useRouter, useSearchParams } from 'next/navigation';
import { useState } from 'react';

import { EmptyState } from '@/components/common/EmptyState';
import { PageHeader } from '@/components/common/PageHeader';
import { QueryPanel } from '@/components/common/QueryPanel';
import { AddRecord } from '@/components/consumption/AddRecord';
import { MeterDialog } from '@/components/meters/MeterDialog';
import { ReadForm, type Suggestion } from '@/components/reads/ReadForm';
import { ReplaceDialog } from '@/components/reads/ReplaceDialog';
import { ButtonLink } from '@/components/ui/Button';
import { Segmented, Select } from '@/components/ui/controls';
import { Field } from '@/components/ui/Field';
import { Skeleton } from '@/components/ui/Skeleton';
import { useMeterPreferences } from '@/hooks/meter-texts';
import { meterListOptions, siteListOptions } from '@/hooks/meters';
import type { MeterOut } from '@/lib/api';
import { paths } from '@/lib/paths';

type How = 'amount' | 'read';

/** An amount that is known, or what the dial of a meter shows. */
export function AddPage() {
  const { texts: t } = useMeterPreferences();
  const params = useSearchParams();
  const [how, setHow] = useState<How>(params.get('how') === 'read' ? 'read' : 'amount');
  const { isFetched } = useQuery(meterListOptions());
  const choice = (
    <Segmented
      label={t.reads.how}
      name="how"
      value={how}
      options={[
        { value: 'amount', label: t.reads.byAmount },
        { value: 'read', label: t.reads.byDial },
      ]}
      onChange={setHow}
      className="mb-4 max-w-2xl self-start"
      isWide
    />
  );
  if (how === 'amount' && isFetched) return <AddRecord choice={choice} />;
  return (
    <>
      <PageHeader title={how === 'amount' ? t.common.addConsumption : t.reads.add} />
      {choice}
      {/* A form that grew by a choice of meters would slip away under the hand. */}
      {isFetched ? (
        <AddRead wanted={Number(params.get('meter_id')) || null} />
      ) : (
        <div aria-busy="true">{FORM_SKELETON}</div>
      )}
    </>
  );
}

const FORM_SKELETON = <Skeleton className="h-[34rem] max-w-2xl" />;

function AddRead({ wanted }: { wanted: number | null }) {
  const query = useQuery(meterListOptions());
  return (
    <QueryPanel query={query} skeleton={FORM_SKELETON}>
      {(meters) => <DialRead meters={meters} wanted={wanted} />}
    </QueryPanel>
  );
}

function DialRead({ meters, wanted }: { meters: MeterOut[]; wanted: number | null }) {
  const { texts: t, timeZone } = useMeterPreferences();
  const router = useRouter();
  const { data: sites = [] } = useQuery(siteListOptions());
  const [chosen, setChosen] = useState(wanted);
  const [instead, setInstead] = useState<{ why: string; typed: Suggestion } | null>(null);
  const dials = meters.filter((meter) => meter.source === 'register' && !meter.archived_at);
  const meter = dials.find((one) => one.id === chosen) ?? dials[0];
  if (!meter) {
    return (
      <div className="card max-w-2xl">
        <EmptyState title={t.reads.noDialTitle} text={t.reads.noDialText}>
          <ButtonLink href={paths.meters()} variant="primary">
            {t.meters.toMeters}
          </ButtonLink>
        </EmptyState>
      </div>
    );
  }
  const zone = sites.find((site) => site.id === meter.site_id)?.time_zone ?? timeZone;
  const close = () => setInstead(null);
  return (
    <div className="card flex max-w-2xl flex-col gap-5 p-5 sm:p-7">
      <MeterChoice meters={dials} chosen={meter} onChoose={setChosen} />
      <ReadForm
        key={`${meter.id} ${zone}`}
        meter={meter}
        timeZone={zone}
        onSaved={() => router.push(paths.meter(meter.id))}
        onInstead={(why, typed) => setInstead({ why, typed })}
      />
      {instead?.why === 'replacement' && (
        <ReplaceDialog meter={meter} timeZone={zone} suggestion={instead.typed} onClose={close} />
      )}
      {instead?.why === 'digits' && (
        <MeterDialog meter={meter} siteId={meter.site_id} sites={sites} onClose={close} />
      )}
    </div>
  );
}

type ChoiceProps = {
  meters: readonly MeterOut[];
  chosen: MeterOut;
  onChoose: (id: number) => void;
};

function MeterChoice({ meters, chosen, onChoose }: ChoiceProps) {
  const { texts: t } = useMeterPreferences();
  return (
    <Field label={t.entry.meter}>
      {(field) => (
        <Select
          {...field}
          value={chosen.id}
          onChange={({ target }) => onChoose(Number(target.value))}
        >
          {meters.map((meter) => (
            <option key={meter.id} value={meter.id}>
              {meter.name}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
