import { Download } from 'lucide-react';
import { useEffect, useRef } from 'react';

import { useDownload } from '@/components/common/use-download';
import { Button } from '@/components/ui/Button';
import { useAppTexts } from '@/hooks/app-texts';
import type { DownloadQuery } from '@/lib/download-api';

export type ExportKind = 'csv' | 'xlsx' | 'json' | 'xml';
type Props = {
  /** The address without the ending that says the kind. */
  path: string;
  kinds: readonly ExportKind[];
  query?: DownloadQuery;
  isDisabled?: boolean;
};

/** One button that opens the kinds of file in which something can be taken away. */
export function ExportMenu({ path, kinds, query, isDisabled }: Props) {
  const t = useAppTexts();
  const { run, isRunning, stop } = useDownload();
  const menu = useRef<HTMLDetailsElement>(null);
  const close = () => {
    if (menu.current) menu.current.open = false;
  };
  useEffect(() => {
    const outside = ({ target }: Event) => {
      if (!menu.current?.contains(target as Node)) close();
    };
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, []);
  if (isRunning) {
    return (
      <Button onClick={stop}>
        {t.exports.running} {t.common.cancel}
      </Button>
    );
  }
  if (isDisabled) {
    return (
      <Button disabled>
        <Download aria-hidden className="size-4" />
        {t.exports.title}
      </Button>
    );
  }
  return (
    // Escape closes what a pointer closes by going elsewhere.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <details
      ref={menu}
      className="relative"
      onKeyDown={({ key }) => {
        if (key !== 'Escape') return;
        close();
        menu.current?.querySelector('summary')?.focus();
      }}
    >
      <summary className="inline-flex min-h-11 cursor-pointer list-none items-center justify-center gap-2 rounded-[10px] border border-line bg-surface px-4 text-[0.9375rem] font-medium whitespace-nowrap select-none hover:bg-raised [&::-webkit-details-marker]:hidden">
        <Download aria-hidden className="size-4" />
        {t.exports.title}
      </summary>
      <ul className="card absolute right-0 z-20 mt-1.5 min-w-48 p-1.5 shadow-lg max-sm:right-auto max-sm:left-0">
        {kinds.map((kind) => (
          <li key={kind}>
            <button
              type="button"
              className="flex min-h-11 w-full items-center rounded-[10px] px-3 text-left whitespace-nowrap hover:bg-raised"
              onClick={() => {
                close();
                void run(`${path}.${kind}`, query);
              }}
            >
              {t.exports.kinds[kind]}
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}
