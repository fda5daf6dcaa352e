'use client';

import { X } from 'lucide-react';
import {
  createContext,
  use,
  useCallback,
  useEffect,
  useMemo,
  useState,
  type ReactNode,
} from 'react';

import { Button } from '@/components/ui/Button';
import { useTexts } from '@/context/preferences';

export type Notice = {
  text: string;
  tone?: 'plain' | 'danger';
  action?: { label: string; onAct: () => void };
};
type Shown = Notice & { id: number };

const Context = createContext<(notice: Notice) => void>(() => undefined);
const SHOWN_MS = 10_000;
let nextId = 1;

export function ToastProvider({ children }: { children: ReactNode }) {
  const [notices, setNotices] = useState<readonly Shown[]>([]);
  const notify = useCallback(
    (notice: Notice) => setNotices((known) => [...known.slice(-2), { ...notice, id: nextId++ }]),
    [],
  );
  const dismiss = useCallback(
    (id: number) => setNotices((known) => known.filter((one) => one.id !== id)),
    [],
  );
  const list = useMemo(
    () => notices.map((notice) => <Toast key={notice.id} notice={notice} onDismiss={dismiss} />),
    [notices, dismiss],
  );
  return (
    <Context value={notify}>
      {children}
      <div
        role="status"
        aria-live="polite"
        data-no-print
        className="pointer-events-none fixed inset-x-4 bottom-24 z-50 flex flex-col items-center gap-2 md:bottom-6"
      >
        {list}
      </div>
    </Context>
  );
}

function Toast({ notice, onDismiss }: { notice: Shown; onDismiss: (id: number) => void }) {
  const t = useTexts();
  const [isHeld, setHeld] = useState(false);
  useEffect(() => {
    if (isHeld) return;
    const timer = setTimeout(() => onDismiss(notice.id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isHeld, notice.id, onDismiss]);
  const hold = { onFocus: () => setHeld(true), onBlur: () => setHeld(false) };
  return (
    <div
      {...hold}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      className="pointer-events-auto flex w-fit max-w-full items-center gap-3 rounded-xl bg-ink py-1.5 pr-1.5 pl-4 text-[0.9375rem] text-canvas shadow-lg"
    >
      <span>{notice.text}</span>
      {notice.action && (
        <button
          type="button"
          className="min-h-9 rounded-lg px-3 font-semibold underline underline-offset-4"
          onClick={() => {
            notice.action?.onAct();
            onDismiss(notice.id);
          }}
        >
          {notice.action.label}
        </button>
      )}
      <Button
        variant="quiet"
        size="icon"
        className="text-canvas hover:bg-canvas/15"
        aria-label={t.common.close}
        onClick={() => onDismiss(notice.id)}
      >
        <X aria-hidden className="size-4" />
      </Button>
    </div>
  );
}

export const useNotify = (): ((notice: Notice) => void) => use(Context);
