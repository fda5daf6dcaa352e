import { Download, Image as Picture } from 'lucide-react';
import type { RefObject } from 'react';

import type { ChartHandle } from '@/components/charts/handle';
import { Button } from '@/components/ui/Button';
import { useTexts } from '@/context/preferences';
import { download, toCsv } from '@/lib/download';

type Props = {
  /** Without an ending. */
  fileName: string;
  handle: RefObject<ChartHandle | null>;
  rows: () => Parameters<typeof toCsv>[0];
};

/** A chart as a file: its numbers, or what it looks like. */
export function ChartDownloads({ fileName, handle, rows }: Props) {
  const t = useTexts();
  return (
    <>
      <Button size="sm" onClick={() => download(`${fileName}.csv`, toCsv(rows()))}>
        <Download aria-hidden className="size-4" />
        <span className="max-sm:sr-only">{t.dashboard.downloadCsv}</span>
      </Button>
      <Button size="sm" onClick={() => download(`${fileName}.png`, handle.current?.toPng() ?? '')}>
        <Picture aria-hidden className="size-4" />
        <span className="max-sm:sr-only">{t.dashboard.downloadPng}</span>
      </Button>
    </>
  );
}
