import { useMemo } from 'react';
import { useForm, type FieldPath } from 'react-hook-form';

import { ProblemMessage } from '@/components/common/ProblemMessage';
import { TimeZoneSelect } from '@/components/common/TimeZoneSelect';
import { DialogButtons } from '@/components/meters/DialogButtons';
import { Input } from '@/components/ui/controls';
import { Dialog } from '@/components/ui/Dialog';
import { Field } from '@/components/ui/Field';
import { useNotify } from '@/components/ui/Toast';
import { useAppPreferences } from '@/hooks/app-texts';
import { useDeleteSite, useSaveSite } from '@/hooks/meters';
import { useFieldText } from '@/hooks/problem-text';
import type { SiteCreate, SiteOut } from '@/lib/api';
import { bodyResolver, showOnFields } from '@/lib/forms';
import { toProblem } from '@/lib/problem';

type Values = { name: string; time_zone: string };
const FIELDS: readonly FieldPath<Values>[] = ['name', 'time_zone'];

export function SiteDialog({ site, onClose }: { site: SiteOut | null; onClose: () => void }) {
  const { texts: t, format, timeZone } = useAppPreferences();
  const say = useFieldText();
  const notify = useNotify();
  const save = useSaveSite();
  const gone = useDeleteSite();
  const resolver = useMemo(
    () =>
      bodyResolver<Values, SiteCreate>(
        (schemas) => schemas.zSiteCreate,
        ({ name, time_zone }) => ({ name: name.trim(), time_zone }),
        t,
        format,
      ),
    [t, format],
  );
  const form = useForm<Values, unknown, SiteCreate>({
    resolver,
    defaultValues: { name: site?.name ?? '', time_zone: site?.time_zone ?? timeZone },
  });
  const submit = ({ name, time_zone }: SiteCreate) => {
    if (save.isPending) return;
    save.mutate(
      { id: site?.id ?? null, body: { name, time_zone: time_zone ?? timeZone } },
      {
        onSuccess: (saved) => {
          notify({ text: site ? t.meters.saved(saved.name) : t.meters.created(saved.name) });
          onClose();
        },
        onError: (error) => void showOnFields(toProblem(error), FIELDS, form.setError, say),
      },
    );
  };
  const remove = ({ id, name }: SiteOut) =>
    gone.mutate(id, {
      onSuccess: () => {
        notify({ text: t.meters.deleted(name) });
        onClose();
      },
    });
  const { errors } = form.formState;
  const failure = save.error ?? gone.error;
  const problem = failure && toProblem(failure);
  return (
    <Dialog title={site ? t.meters.editSite : t.meters.newSite} isOpen onClose={onClose}>
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => void form.handleSubmit(submit)(event)}
      >
        <Field label={t.meters.name} error={errors.name?.message}>
          {(field) => <Input autoComplete="off" {...field} {...form.register('name')} />}
        </Field>
        <Field label={t.meters.timeZone} error={errors.time_zone?.message}>
          {(field) => (
            <TimeZoneSelect
              current={site?.time_zone ?? timeZone}
              {...field}
              {...form.register('time_zone')}
            />
          )}
        </Field>
        {problem && problem.fields.size === 0 && <ProblemMessage error={problem} />}
        <DialogButtons
          isSaving={save.isPending}
          onDelete={site ? () => remove(site) : undefined}
          isDeleting={gone.isPending}
          onClose={onClose}
        />
      </form>
    </Dialog>
  );
}
