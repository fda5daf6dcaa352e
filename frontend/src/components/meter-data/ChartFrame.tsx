import { useState, type KeyboardEvent, type ReactNode, type RefObject } from 'react';

import type { ChartHandle } from '@/components/charts/handle';
import { useGestures } from '@/components/charts/use-gestures';
import { cn } from '@/lib/cn';

type Drawing = {
  active: number | null;
  setActive: (index: number | null) => void;
};

type Props = {
  handle: RefObject<ChartHandle | null>;
  label: string;
  count: number;
  /** What is read aloud for a point, and for two that enclose a choice. */
  speak: (index: number) => string;
  speakRange?: (from: number, to: number) => string;
  onOpen?: (index: number) => void;
  onZoom?: (from: number, to: number) => void;
  /** Page Down is 1, Page Up is -1. */
  onPage?: (direction: 1 | -1) => void;
  onEscape?: (() => void) | undefined;
  className?: string;
  children: (drawing: Drawing) => ReactNode;
};

/** Where a chart is walked with arrow keys and dragged over; what is drawn in it is its child's. */
export function ChartFrame(props: Props) {
  const { handle, label, count, speak, speakRange, onOpen, onZoom, onPage, onEscape } = props;
  const [active, setActive] = useState<number | null>(null);
  const [anchor, setAnchor] = useState<number | null>(null);
  const zoom = (from: number, to: number) => {
    setActive(null);
    setAnchor(null);
    onZoom?.(Math.min(from, to), Math.max(from, to));
  };
  const { frame, band, showBand, handlers } = useGestures(handle, {
    onOpen: onOpen ?? (() => undefined),
    onZoom: onZoom && zoom,
    onReset: onZoom && onEscape,
  });
  const select = (from: number | null, to: number | null) => {
    setAnchor(from);
    showBand(from, to);
  };
  const walk = (next: number, isChoosing: boolean) => {
    if (isChoosing && onZoom) select(anchor ?? active ?? next, next);
    else select(null, null);
    setActive(next);
  };
  const enter = (at: number) => {
    showBand(null, null);
    if (anchor !== null && anchor !== at) zoom(anchor, at);
    else onOpen?.(at);
  };
  const escape = () => {
    if (active === null && anchor === null) onEscape?.();
    select(null, null);
    setActive(null);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || count === 0) return;
    const next = stepTo(event.key, active, count);
    if (next !== null) walk(next, event.shiftKey);
    else if (event.key === 'Enter' && active !== null) enter(active);
    else if (event.key === 'Escape') escape();
    else if (event.key === 'PageUp' && onPage) onPage(-1);
    else if (event.key === 'PageDown' && onPage) onPage(1);
    else return;
    event.preventDefault();
  };

  const at = active !== null && active < count ? active : null;
  const other = anchor === null || anchor === at ? null : anchor;
  return (
    <>
      {/* A chart is walked with arrow keys like an editor, which is what this role is for. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div
        role="application"
        aria-label={label}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onBlur={() => {
          setActive(null);
          select(null, null);
        }}
        onPointerLeave={() => setActive(null)}
        className={cn(
          'relative h-[20rem] w-full min-w-0 touch-pan-y overflow-hidden select-none xl:h-[24rem]',
          props.className,
        )}
        {...handlers}
      >
        <div ref={frame} className="size-full">
          {props.children({ active: at, setActive })}
        </div>
        <div
          ref={band}
          hidden
          className="pointer-events-none absolute rounded-sm border-x border-accent bg-accent/15"
        />
      </div>
      <p aria-live="polite" className="sr-only">
        {at !== null && (other !== null && speakRange ? speakRange(other, at) : speak(at))}
      </p>
    </>
  );
}

/** Where a key leads among `count` points; null for any other key. */
function stepTo(key: string, active: number | null, count: number): number | null {
  const last = count - 1;
  const from = active ?? (key === 'ArrowLeft' ? last + 1 : -1);
  const moves: Record<string, number> = {
    ArrowRight: Math.min(last, from + 1),
    ArrowLeft: Math.max(0, from - 1),
    Home: 0,
    End: last,
  };
  return moves[key] ?? null;
}
