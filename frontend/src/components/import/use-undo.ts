import { useNotify } from '@/components/ui/Toast';
import { useAppTexts } from '@/hooks/app-texts';
import { useUndoImport } from '@/hooks/imports';
import { useProblemText } from '@/hooks/problem-text';
import { toProblem } from '@/lib/problem';

export function useUndo() {
  const t = useAppTexts();
  const notify = useNotify();
  const problemText = useProblemText();
  const undo = useUndoImport();
  const run = async (id: number): Promise<boolean> => {
    try {
      await undo.mutateAsync(id);
      notify({ text: t.import.undone });
      return true;
    } catch (error) {
      notify({ text: problemText(toProblem(error)) });
      return false;
    }
  };
  return { run, isPending: undo.isPending };
}
