import { useNotify } from '@/components/ui/Toast';
import { useAppTexts } from '@/hooks/app-texts';
import { useCancelImport } from '@/hooks/imports';
import { useProblemText } from '@/hooks/problem-text';
import { toProblem } from '@/lib/problem';

/** Asks for an import to end; nothing of it is stored then. */
export function useCancel() {
  const t = useAppTexts();
  const notify = useNotify();
  const problemText = useProblemText();
  const { mutateAsync, isPending } = useCancelImport();
  const run = async (id: number): Promise<void> => {
    try {
      await mutateAsync(id);
      notify({ text: t.import.cancelled });
    } catch (error) {
      notify({ text: problemText(toProblem(error)) });
    }
  };
  return { run, isPending };
}
