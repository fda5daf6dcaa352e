import { Eye, FileUp, Keyboard, Router, type LucideIcon } from 'lucide-react';

import { PageHeader } from '@/components/common/PageHeader';
import { Link } from '@/components/ui/Link';
import { useAppTexts } from '@/hooks/app-texts';
import { useTryDemo } from '@/hooks/demo';
import { cn } from '@/lib/cn';
import { paths } from '@/lib/paths';

const CARD =
  'card flex h-full w-full flex-col items-start gap-3 p-6 text-left transition-colors hover:border-edge';

/** The first visit: three ways to the first number on screen, and the demo beside them. */
export default function FirstRun() {
  const t = useAppTexts();
  const demo = useTryDemo();
  return (
    <>
      <PageHeader title={t.firstRun.title} lead={t.firstRun.lead} />
      <div className="grid gap-5 xl:grid-cols-[3fr_1fr]">
        <ol className="grid gap-5 md:grid-cols-3" aria-label={t.firstRun.progress}>
          <li>
            <Link href={paths.addConsumption()} className={CARD}>
              <Way icon={Keyboard} title={t.firstRun.type} text={t.firstRun.typeText} />
            </Link>
          </li>
          <li>
            <Link href={paths.importFile()} className={CARD}>
              <Way icon={FileUp} title={t.firstRun.file} text={t.firstRun.fileText} />
            </Link>
          </li>
          <li>
            <Link href={paths.settings('api-keys')} className={CARD}>
              <Way icon={Router} title={t.firstRun.device} text={t.firstRun.deviceText} />
            </Link>
          </li>
        </ol>
        <button
          type="button"
          className={cn(CARD, 'border-dashed border-edge bg-transparent shadow-none')}
          onClick={() => demo.mutate()}
          disabled={demo.isPending}
        >
          <Way icon={Eye} title={t.firstRun.demo} text={t.firstRun.demoText} />
        </button>
      </div>
      <p className="mt-5 text-muted max-md:hidden">{t.firstRun.drop}</p>
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
