import { Download } from 'lucide-react';

import { useDownload } from '@/components/common/use-download';
import { Button } from '@/components/ui/Button';
import { useTexts } from '@/context/preferences';

/** The whole account as one file, which another installation can load. */
export function ArchiveDownload() {
  const t = useTexts();
  const { run, isRunning, stop } = useDownload();
  return isRunning ? (
    <Button onClick={stop}>
      {t.exports.running} {t.common.cancel}
    </Button>
  ) : (
    <Button onClick={() => void run('/api/exports/account.zip')}>
      <Download aria-hidden className="size-4" />
      {t.exports.account}
    </Button>
  );
}
