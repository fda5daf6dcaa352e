import { useRef, useState } from 'react';

import { useNotify } from '@/components/ui/Toast';
import { useAppTexts } from '@/hooks/app-texts';
import { useProblemText } from '@/hooks/problem-text';
import { downloadFromApi, type DownloadQuery } from '@/lib/download-api';
import { toProblem } from '@/lib/problem';

/** Takes a file from the server; can be stopped. */
export function useDownload() {
  const t = useAppTexts();
  const notify = useNotify();
  const problemText = useProblemText();
  const [isRunning, setRunning] = useState(false);
  const abort = useRef<AbortController | null>(null);
  const run = async (path: string, query: DownloadQuery = {}): Promise<void> => {
    const mine = new AbortController();
    abort.current = mine;
    setRunning(true);
    try {
      await downloadFromApi(path, query, mine.signal);
      notify({ text: t.exports.done });
    } catch (error) {
      if (!mine.signal.aborted) notify({ text: problemText(toProblem(error)) });
    } finally {
      setRunning(false);
    }
  };
  return { run, isRunning, stop: () => abort.current?.abort() };
}
