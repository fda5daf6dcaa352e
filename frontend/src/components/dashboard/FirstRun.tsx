import { Eye, FileUp, Keyboard, type LucideIcon } from 'lucide-react';
import { Link } from '@/components/ui/Link';

import { PageHeader } from '@/components/common/PageHeader';
import { useTryDemo } from '@/hooks/demo';
import { useTexts } from '@/context/preferences';
import { paths } from '@/lib/paths';

const CARD =
  'card flex h-full w-full flex-col items-start gap-3 p-6 text-left transition-colors hover:border-edge';

/** The first visit: three ways to the first number on screen. */
export function FirstRun() {
  const t = useTexts();
  const demo = useTryDemo();
  return (
    <>
      <PageHeader title={t.dashboard.firstTitle} lead={t.dashboard.firstLead} />
      <ol className="grid gap-5 lg:grid-cols-3" aria-label={t.dashboard.firstProgress}>
        <li>
          <Link href={paths.addConsumption()} className={CARD}>
            <Way icon={Keyboard} title={t.dashboard.firstType} text={t.dashboard.firstTypeText} />
          </Link>
        </li>
        <li>
          <Link href={paths.importFile()} className={CARD}>
            <Way icon={FileUp} title={t.dashboard.firstImport} text={t.dashboard.firstImportText} />
          </Link>
        </li>
        <li>
          <button
            type="button"
            className={CARD}
            onClick={() => demo.mutate()}
            disabled={demo.isPending}
          >
            <Way icon={Eye} title={t.dashboard.firstDemo} text={t.dashboard.firstDemoText} />
          </button>
        </li>
      </ol>
    </>
  );
}

function Way({ icon: Icon, title, text }: { icon: LucideIcon; title: string; text: string }) {
  return (
    <>
      <span className="grid size-11 place-items-center rounded-xl bg-raised">
        <Icon aria-hidden className="size-5" />
      </span>
      <span className="text-lg font-semibold">{title}</span>
      <span className="text-muted">{text}</span>
    </>
  );
}
