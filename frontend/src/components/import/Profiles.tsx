import { useQuery } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';

import { Button } from '@/components/ui/Button';
import { Input, Select } from '@/components/ui/controls';
import { Field } from '@/components/ui/Field';
import { useNotify } from '@/components/ui/Toast';
import { useAppTexts } from '@/hooks/app-texts';
import { profileListOptions, useDeleteProfile, useSaveProfile } from '@/hooks/import-profiles';
import type { ReadingChoices } from '@/hooks/imports';
import { useProblemText } from '@/hooks/problem-text';
import type { ImportOut, ImportProfileOut } from '@/lib/api';
import { toProblem } from '@/lib/problem';

type Props = {
  found: ImportOut | null;
  choices: ReadingChoices;
  onChoose: (choices: ReadingChoices) => void;
};

/** Saved ways of reading: use one, or keep what was just answered for the next file like this. */
export function Profiles({ found, choices, onChoose }: Props) {
  const t = useAppTexts();
  const { data: profiles = [] } = useQuery(profileListOptions());
  const mapping = choices.mapping as Record<string, unknown> | undefined;
  const isWorthKeeping = found !== null && Object.keys(mapping ?? {}).length > 0;
  if (profiles.length === 0 && !isWorthKeeping) return null;
  return (
    <section
      aria-label={t.import.profiles}
      className="card flex flex-wrap items-end gap-x-8 gap-y-4 p-5 lg:px-6"
    >
      {profiles.length > 0 && (
        <Saved profiles={profiles} chosen={choices.profile ?? null} onChoose={onChoose} />
      )}
      {isWorthKeeping && <Keep format={found.format} mapping={mapping ?? {}} />}
    </section>
  );
}

type SavedProps = {
  profiles: readonly ImportProfileOut[];
  chosen: number | null;
  onChoose: (choices: ReadingChoices) => void;
};

function Saved({ profiles, chosen, onChoose }: SavedProps) {
  const t = useAppTexts();
  const report = useReport();
  const remove = useDeleteProfile();
  const profile = profiles.find(({ id }) => id === chosen);
  const forget = ({ id, name }: ImportProfileOut) =>
    remove.mutate(id, {
      onSuccess: () => {
        onChoose({});
        report(t.import.profileDeleted(name));
      },
      onError: report,
    });
  return (
    <div className="flex items-end gap-2">
      <Field label={t.import.useProfile}>
        {(field) => (
          <Select
            {...field}
            value={chosen ?? ''}
            onChange={({ target }) =>
              // What was answered before would outweigh the profile.
              onChoose(target.value ? { profile: Number(target.value) } : {})
            }
          >
            <option value="">{t.common.none}</option>
            {profiles.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {profile && (
        <Button
          aria-label={t.import.deleteProfile(profile.name)}
          disabled={remove.isPending}
          onClick={() => forget(profile)}
        >
          <Trash2 aria-hidden className="size-4" />
        </Button>
      )}
    </div>
  );
}

function Keep({ format, mapping }: { format: string; mapping: Record<string, unknown> }) {
  const t = useAppTexts();
  const report = useReport();
  const save = useSaveProfile();
  const [name, setName] = useState('');
  return (
    <form
      className="flex flex-wrap items-end gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (!name.trim() || save.isPending) return;
        save.mutate(
          { name: name.trim(), format, mapping },
          {
            onSuccess: (kept) => {
              setName('');
              report(t.import.profileSaved(kept.name));
            },
            onError: report,
          },
        );
      }}
    >
      <Field label={t.import.saveProfile}>
        {(field) => (
          <Input
            {...field}
            maxLength={100}
            placeholder={t.import.profileExample}
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
        )}
      </Field>
      <Button type="submit" disabled={!name.trim() || save.isPending}>
        {t.common.save}
      </Button>
    </form>
  );
}

function useReport(): (what: unknown) => void {
  const notify = useNotify();
  const problemText = useProblemText();
  return (what) => notify({ text: typeof what === 'string' ? what : problemText(toProblem(what)) });
}
