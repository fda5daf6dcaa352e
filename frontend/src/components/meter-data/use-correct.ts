import { useUndo } from '@/components/import/use-undo';
import { useNotify } from '@/components/ui/Toast';
import { useMeterTexts } from '@/hooks/meter-texts';
import { useCorrect as useCorrection } from '@/hooks/meter-data';
import { useProblemText } from '@/hooks/problem-text';
import type { CorrectionIn } from '@/lib/api';
import { toProblem } from '@/lib/problem';

/** Corrects or confirms a range of a meter, with undo in the toast. */
export function useCorrect(meterId: number) {
  const t = useMeterTexts();
  const notify = useNotify();
  const problemText = useProblemText();
  const correction = useCorrection(meterId);
  const undo = useUndo();
  const run = async (body: CorrectionIn) => {
    try {
      const { import_id } = await correction.mutateAsync(body);
      notify({
        text: body.action === 'accept' ? t.meterData.accepted : t.meterData.fixed,
        action: { label: t.common.undo, onAct: () => void undo.run(import_id) },
      });
    } catch (error) {
      notify({ text: problemText(toProblem(error)), tone: 'danger' });
    }
  };
  return { run, isPending: correction.isPending };
}
