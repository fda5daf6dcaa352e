/** A file on its way from wherever it was dropped to the import page. */
let waiting: File | null = null;
const listeners = new Set<() => void>();

export const droppedFile = {
  put(file: File): void {
    waiting = file;
    listeners.forEach((listener) => listener());
  },
  take(): File | null {
    const file = waiting;
    waiting = null;
    return file;
  },
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
