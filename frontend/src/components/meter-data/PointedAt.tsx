import { useEffect, useRef, type RefObject } from 'react';

/** What is asked of a drawing. */
type Drawn = {
  chartArea: { top: number; bottom: number; left: number; right: number };
  getDatasetMeta: (set: number) => { data: readonly { x: number; y: number }[] };
};

type Props = {
  chart: RefObject<Drawn | null>;
  index: number;
  /** What is drawn: another drawing has other places. */
  data: object;
  title: string;
  lines: readonly string[];
};

/** A hair, a dot and a label over the column of a drawn line that is pointed at. */
export function PointedAt({ chart, index, data, title, lines }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = chart.current?.getDatasetMeta(0).data[index];
    if (!frame.current || !chart.current || !element) return;
    const { top, bottom, left, right } = chart.current.chartArea;
    const hasValue = !Number.isNaN(element.y);
    const at = { x: element.x, y: hasValue ? element.y : top, top, height: bottom - top };
    for (const [name, value] of Object.entries(at)) {
      frame.current.style.setProperty(`--${name}`, `${value}px`);
    }
    frame.current.dataset.side = element.x > (left + right) / 2 ? 'left' : 'right';
    frame.current.dataset.value = String(hasValue);
    frame.current.hidden = false;
  }, [chart, index, data]);
  return (
    <div
      ref={frame}
      aria-hidden
      hidden
      className="group pointer-events-none absolute inset-0 z-10 overflow-hidden"
    >
      <span className="absolute top-(--top) left-(--x) h-(--height) w-px bg-edge" />
      <span className="absolute top-(--y) left-(--x) size-2 -translate-1/2 rounded-full bg-ink group-data-[value=false]:hidden" />
      <span className="absolute top-[min(var(--y),calc(100%-6.5rem))] rounded-lg bg-ink px-3 py-2 text-[0.8125rem] whitespace-nowrap text-canvas group-data-[side=left]:right-[calc(100%-var(--x)+0.75rem)] group-data-[side=right]:left-[calc(var(--x)+0.75rem)]">
        <span className="block font-semibold">{title}</span>
        {lines.map((line) => (
          <span key={line} className="block">
            {line}
          </span>
        ))}
      </span>
    </div>
  );
}
