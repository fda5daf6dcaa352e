import { Download } from 'lucide-react';

import { useDownload } from '@/components/common/use-download';
import { Button } from '@/components/ui/Button';
import { useAppTexts } from '@/hooks/app-texts';

/** The whole account as one file, which another installation can load. */
export function ArchiveDownload() {
  const t = useAppTexts();
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
