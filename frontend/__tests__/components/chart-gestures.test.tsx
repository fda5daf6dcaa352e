import { fireEvent, render as renderPlain, screen } from '@testing-library/react';
import { useRef } from 'react';

import type { ChartHandle } from '@/components/charts/handle';
import { useGestures } from '@/components/charts/use-gestures';

// Ten bars of ten pixels.
const handle: ChartHandle = {
  toPng: () => '',
  barAt: (x) => Math.min(9, Math.max(0, Math.floor(x / 10))),
  isInside: () => true,
  boxOf: (from, to) => ({
    left: Math.min(from, to) * 10,
    width: (Math.abs(to - from) + 1) * 10,
    top: 0,
    height: 50,
  }),
};

const calls = { onOpen: jest.fn(), onZoom: jest.fn(), onPan: jest.fn(), onReset: jest.fn() };

function Chart({ isZoomed }: { isZoomed: boolean }) {
  const ref = useRef<ChartHandle | null>(handle);
  const { frame, band, handlers } = useGestures(ref, {
    ...calls,
    onReset: isZoomed ? calls.onReset : undefined,
  });
  return (
    <div data-testid="chart" {...handlers}>
      <div ref={frame} data-testid="frame" />
      <div ref={band} data-testid="band" hidden />
    </div>
  );
}

beforeAll(() => {
  // jsdom has neither pointer capture nor coordinates on pointer events.
  HTMLElement.prototype.setPointerCapture = () => undefined;
  HTMLElement.prototype.hasPointerCapture = () => true;
  window.PointerEvent ??= class extends MouseEvent {
    pointerId: number;
    pointerType: string;
    constructor(type: string, init: PointerEventInit = {}) {
      super(type, init);
      this.pointerId = init.pointerId ?? 1;
      this.pointerType = init.pointerType ?? 'mouse';
    }
  } as unknown as typeof PointerEvent;
});
beforeEach(() => {
  jest.useFakeTimers();
  Object.values(calls).forEach((one) => one.mockReset());
});
afterEach(() => jest.useRealTimers());

function show(isZoomed = false) {
  renderPlain(<Chart isZoomed={isZoomed} />);
  return screen.getByTestId('chart');
}
const at = (clientX: number, more: PointerEventInit = {}) => ({
  clientX,
  clientY: 10,
  pointerId: 1,
  ...more,
});

test('a drag over bars zooms into them, from either side, and shows what it holds', () => {
  const chart = show();
  fireEvent.pointerDown(chart, at(75));
  fireEvent.pointerMove(chart, at(22));
  expect(screen.getByTestId('band')).toBeVisible();
  expect(screen.getByTestId('band').style.width).toBe('60px');
  fireEvent.pointerUp(chart, at(22));
  expect(calls.onZoom).toHaveBeenCalledWith(2, 7);
  expect(screen.getByTestId('band')).not.toBeVisible();
  expect(calls.onOpen).not.toHaveBeenCalled();
});

test('a click opens at once; where a zoom can be taken back, two clicks take it back', () => {
  const chart = show();
  fireEvent.pointerDown(chart, at(35));
  fireEvent.pointerUp(chart, at(36));
  expect(calls.onOpen).toHaveBeenCalledWith(3);
});

test('a double click resets and opens nothing', () => {
  const chart = show(true);
  for (let click = 0; click < 2; click += 1) {
    fireEvent.pointerDown(chart, at(35));
    fireEvent.pointerUp(chart, at(35));
  }
  jest.runAllTimers();
  expect(calls.onReset).toHaveBeenCalledTimes(1);
  expect(calls.onOpen).not.toHaveBeenCalled();
  fireEvent.pointerDown(chart, at(35));
  fireEvent.pointerUp(chart, at(35));
  jest.runAllTimers();
  expect(calls.onOpen).toHaveBeenCalledWith(3);
});

test('Shift and drag, or two fingers, pan by whole bars', () => {
  const chart = show();
  fireEvent.pointerDown(chart, at(50, { shiftKey: true }));
  fireEvent.pointerMove(chart, at(28));
  expect(screen.getByTestId('frame').style.transform).toBe('translateX(-22px)');
  fireEvent.pointerUp(chart, at(28));
  expect(calls.onPan).toHaveBeenCalledWith(2);

  fireEvent.pointerDown(chart, at(20, { pointerType: 'touch', pointerId: 2 }));
  fireEvent.pointerDown(chart, at(40, { pointerType: 'touch', pointerId: 3 }));
  fireEvent.pointerMove(chart, at(50, { pointerType: 'touch', pointerId: 2 }));
  fireEvent.pointerMove(chart, at(70, { pointerType: 'touch', pointerId: 3 }));
  fireEvent.pointerUp(chart, at(50, { pointerType: 'touch', pointerId: 2 }));
  fireEvent.pointerUp(chart, at(70, { pointerType: 'touch', pointerId: 3 }));
  expect(calls.onPan).toHaveBeenCalledTimes(2);
  expect(calls.onPan).toHaveBeenLastCalledWith(-3);
  expect(calls.onZoom).not.toHaveBeenCalled();
  expect(calls.onOpen).not.toHaveBeenCalled();
});
