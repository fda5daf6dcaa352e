import { useEffect, useRef, type PointerEvent, type RefObject } from 'react';

import type { ChartHandle } from '@/components/charts/handle';

type Actions = {
  onOpen: (index: number) => void;
  onZoom?: ((from: number, to: number) => void) | undefined;
  /** Moves what is shown by so many bars; positive is later. */
  onPan?: ((bars: number) => void) | undefined;
  /** There when there is something to go back to. */
  onReset?: (() => void) | undefined;
};

type Gesture = { kind: 'press' | 'select' | 'pan'; startX: number; shiftX: number };

const SLOP_PX = 6;
const DOUBLE_MS = 250;

/**
 * Drag selects bars to zoom into, two fingers or Shift and drag pan, a double click resets.
 * Nothing is rendered while a finger moves: the band and the shift are set on the elements.
 */
export function useGestures(handle: RefObject<ChartHandle | null>, actions: Actions) {
  const frame = useRef<HTMLDivElement>(null);
  const band = useRef<HTMLDivElement>(null);
  const fingers = useRef(new Map<number, number>());
  const gesture = useRef<Gesture | null>(null);
  const waiting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(waiting.current), []);

  const showBand = (from: number | null, to: number | null) => {
    if (!band.current) return;
    band.current.hidden = from === null || to === null || !handle.current;
    if (from === null || to === null || !handle.current) return;
    for (const [name, value] of Object.entries(handle.current.boxOf(from, to))) {
      band.current.style.setProperty(name, `${value}px`);
    }
  };
  const slideTo = (x: number) =>
    frame.current?.style.setProperty('transform', x === 0 ? '' : `translateX(${x}px)`);
  const middle = () => {
    const all = [...fingers.current.values()];
    return all.reduce((sum, x) => sum + x, 0) / Math.max(1, all.length);
  };
  const end = () => {
    gesture.current = null;
    showBand(null, null);
    slideTo(0);
  };
  const leftOf = (event: PointerEvent<HTMLElement>) =>
    event.currentTarget.getBoundingClientRect().left;

  const click = (index: number) => {
    if (!actions.onReset) return actions.onOpen(index);
    // Only where a double click means something does a single one wait for it.
    if (waiting.current !== undefined) {
      clearTimeout(waiting.current);
      waiting.current = undefined;
      return actions.onReset();
    }
    waiting.current = setTimeout(() => {
      waiting.current = undefined;
      actions.onOpen(index);
    }, DOUBLE_MS);
  };

  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    if (event.pointerType === 'mouse' && event.button !== 0) return;
    fingers.current.set(event.pointerId, event.clientX);
    const isPan = fingers.current.size > 1 || event.shiftKey;
    showBand(null, null);
    gesture.current = {
      kind: isPan && actions.onPan ? 'pan' : 'press',
      startX: middle(),
      shiftX: 0,
    };
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const now = gesture.current;
    if (!now || !handle.current || !fingers.current.has(event.pointerId)) return;
    fingers.current.set(event.pointerId, event.clientX);
    now.shiftX = middle() - now.startX;
    if (now.kind === 'press' && Math.abs(now.shiftX) > SLOP_PX && actions.onZoom) {
      now.kind = 'select';
    }
    if (now.kind === 'press') return;
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) {
      event.currentTarget.setPointerCapture(event.pointerId);
    }
    if (now.kind === 'pan') return void slideTo(now.shiftX);
    const left = leftOf(event);
    showBand(handle.current.barAt(now.startX - left), handle.current.barAt(event.clientX - left));
  };
  const onPointerUp = (event: PointerEvent<HTMLElement>) => {
    const now = gesture.current;
    fingers.current.delete(event.pointerId);
    if (!now || !handle.current) return;
    const box = event.currentTarget.getBoundingClientRect();
    const at = handle.current.barAt(event.clientX - box.left);
    const from = handle.current.barAt(now.startX - box.left);
    const bars = Math.round(now.shiftX / (handle.current.boxOf(0, 0).width || 1));
    end();
    if (now.kind === 'pan' && bars !== 0) actions.onPan?.(-bars);
    else if (now.kind === 'select' && from !== at) {
      actions.onZoom?.(Math.min(from, at), Math.max(from, at));
    } else if (now.kind !== 'pan') {
      if (handle.current.isInside(event.clientX - box.left, event.clientY - box.top)) click(at);
    }
  };
  const onPointerCancel = (event: PointerEvent<HTMLElement>) => {
    fingers.current.delete(event.pointerId);
    end();
  };
  return {
    frame,
    band,
    showBand,
    handlers: { onPointerDown, onPointerMove, onPointerUp, onPointerCancel },
  };
}
