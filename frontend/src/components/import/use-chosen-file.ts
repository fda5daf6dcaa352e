import { useCallback, useEffect, useState } from 'react';

import type { ChosenFile } from '@/hooks/imports';
import { droppedFile } from '@/lib/dropped-file';

let nextId = 1;
const numbered = (file: File | null): ChosenFile | null => file && { file, id: nextId++ };

/** The file in work: picked here, or dropped anywhere in the application. */
export function useChosenFile() {
  const [chosen, setChosen] = useState(() => numbered(droppedFile.take()));
  const choose = useCallback((file: File | null) => setChosen(numbered(file)), []);
  useEffect(
    () =>
      droppedFile.subscribe(() => {
        const file = droppedFile.take();
        if (file) choose(file);
      }),
    [choose],
  );
  return { chosen, choose };
}
