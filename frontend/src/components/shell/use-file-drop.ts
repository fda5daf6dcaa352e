import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';

import { droppedFile } from '@/lib/dropped-file';
import { paths } from '@/lib/paths';

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;

/** A file dropped anywhere in the application goes to the import page; tells while one hovers. */
export function useFileDrop(): boolean {
  const router = useRouter();
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(false);
      const file = event.dataTransfer?.files[0];
      if (!file) return;
      droppedFile.put(file);
      router.push(paths.importFile());
    };
    const events = { dragover: over, dragleave: leave, drop } as const;
    for (const [name, listener] of Object.entries(events)) {
      window.addEventListener(name as 'drop', listener);
    }
    return () => {
      for (const [name, listener] of Object.entries(events)) {
        window.removeEventListener(name as 'drop', listener);
      }
    };
  }, [router]);
  return isOver;
}
