import { useState } from 'react';

import { AskedField } from '@/components/import/AskedField';
import { Button } from '@/components/ui/Button';
import { useAppTexts } from '@/hooks/app-texts';
import type { ReadingChoices } from '@/hooks/imports';
import type { Ask } from '@/lib/import-formats';

type Props = {
  /** What to ask, and what is wrong with it by the server. */
  asks: ReadonlyMap<Ask, string | undefined>;
  choices: ReadingChoices;
  isOpen: boolean;
  onChoose: (choices: ReadingChoices) => void;
};

/** What the file itself does not say: only what the server asks for, or the format can be told. */
export function AskForm({ asks, choices, isOpen, onChoose }: Props) {
  const t = useAppTexts();
  const [draft, setDraft] = useState<Record<string, unknown>>({ ...choices.mapping });
  const change = (ask: Ask, value: unknown) => {
    const { [ask]: _, ...others } = draft;
    setDraft(value === null ? others : { ...others, [ask]: value });
  };
  return (
    <details className="card group" open={isOpen || undefined}>
      <summary className="flex min-h-14 items-center gap-3 px-5 font-semibold lg:px-6">
        {isOpen ? t.import.askTitle : t.import.mappingTitle}
        <span className="font-normal text-muted max-sm:hidden">
          {isOpen ? t.import.askLead : t.import.mappingLead}
        </span>
      </summary>
      <form
        className="px-5 pb-6 lg:px-6"
        onSubmit={(event) => {
          event.preventDefault();
          onChoose({ ...choices, mapping: { ...draft, ...kept(choices) } });
        }}
      >
        <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-4">
          {[...asks].map(([ask, error]) => (
            <AskedField
              key={ask}
              ask={ask}
              error={error}
              value={draft[ask]}
              onChange={(value) => change(ask, value)}
            />
          ))}
        </div>
        <Button type="submit" className="mt-5">
          {t.import.readAgain}
        </Button>
      </form>
    </details>
  );
}

/** Which meter a channel goes to is chosen elsewhere meanwhile. */
function kept({ mapping }: ReadingChoices): Record<string, unknown> {
  const meters = (mapping as Record<string, unknown> | undefined)?.meters;
  return meters ? { meters } : {};
}
