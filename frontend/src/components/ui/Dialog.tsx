import { X } from 'lucide-react';
import { useEffect, useId, useRef, type ReactNode } from 'react';

import { Button } from '@/components/ui/Button';
import { useTexts } from '@/context/preferences';

type Props = { title: string; isOpen: boolean; onClose: () => void; children: ReactNode };

/** A modal on the browser's own dialog: it keeps the focus inside and gives it back. */
export function Dialog({ title, isOpen, onClose, children }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  const t = useTexts();
  useEffect(() => {
    const dialog = ref.current;
    if (!dialog || !isOpen) return;
    if (!dialog.open) dialog.showModal();
    return () => dialog.close();
  }, [isOpen]);
  if (!isOpen) return null;
  return (
    <dialog
      ref={ref}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      className="card m-auto max-h-[90dvh] w-[min(34rem,calc(100vw-2rem))] overflow-y-auto p-6 text-ink"
    >
      <div className="mb-4 flex items-start justify-between gap-4">
        <h2 id={id} className="text-lg font-semibold">
          {title}
        </h2>
        <Button
          variant="quiet"
          size="icon"
          className="-mt-1 -mr-2"
          aria-label={t.common.close}
          onClick={onClose}
        >
          <X aria-hidden className="size-5" />
        </Button>
      </div>
      {children}
    </dialog>
  );
}
