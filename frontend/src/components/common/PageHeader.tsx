import { useEffect, type ReactNode } from 'react';

import { useTexts } from '@/context/preferences';
import { cn } from '@/lib/cn';

type Props = {
  title: string;
  lead?: string;
  /** Stays in sight where there is room for it. */
  isSticky?: boolean;
  children?: ReactNode;
};

/** The page's one heading and its actions; also names the browser's tab. */
export function PageHeader({ title, lead, isSticky, children }: Props) {
  const t = useTexts();
  useEffect(() => {
    document.title = `${title} · ${t.product}`;
  }, [title, t]);
  return (
    <header
      className={cn(
        'mb-6 flex flex-wrap items-center justify-between gap-x-6 gap-y-4',
        isSticky &&
          'xl:sticky xl:top-0 xl:z-20 xl:-mx-2 xl:-mt-3 xl:mb-3 xl:bg-canvas/95 xl:px-2 xl:py-3 print:static print:mx-0',
      )}
    >
      <div>
        <h1 className="text-[1.75rem] leading-tight font-semibold tracking-tight md:text-3xl">
          {title}
        </h1>
        {lead && <p className="mt-1 text-muted">{lead}</p>}
      </div>
      {children && <div className="flex min-w-0 flex-wrap items-center gap-2.5">{children}</div>}
    </header>
  );
}
