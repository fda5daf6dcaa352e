import type { FieldPath, FieldValues, UseFormSetError } from 'react-hook-form';

import { useNotify } from '@/components/ui/Toast';
import { useAppTexts } from '@/hooks/app-texts';
import { useUpdateMe } from '@/hooks/account';
import { useFieldText } from '@/hooks/problem-text';
import type { Me, ProfileUpdate } from '@/lib/api';
import { showOnFields } from '@/lib/forms';
import { toProblem } from '@/lib/problem';

/** Saves a part of the profile; what the server refuses goes to its field. */
export function useSaveMe<V extends FieldValues>(
  fields: readonly FieldPath<V>[],
  setError: UseFormSetError<V>,
  onSaved: (me: Me) => void,
) {
  const t = useAppTexts();
  const say = useFieldText();
  const notify = useNotify();
  const update = useUpdateMe();
  const save = (body: ProfileUpdate) => {
    if (update.isPending) return;
    update.mutate(body, {
      onSuccess: (me) => {
        onSaved(me);
        notify({ text: t.settings.saved });
      },
      onError: (error) => void showOnFields(toProblem(error), fields, setError, say),
    });
  };
  const problem = update.error && toProblem(update.error);
  return {
    save,
    isPending: update.isPending,
    problem: problem?.fields.size === 0 ? problem : null,
  };
}
