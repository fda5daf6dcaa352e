import { useEffect, type ReactNode } from 'react';

import { useTexts } from '@/context/preferences';

type Props = { title: string; lead?: string; children?: ReactNode };

/** The page's one heading and its actions; also names the browser's tab. */
export function PageHeader({ title, lead, children }: Props) {
  const t = useTexts();
  useEffect(() => {
    document.title = `${title} · ${t.product}`;
  }, [title, t]);
  return (
    <header className="mb-6 flex flex-wrap items-center justify-between gap-x-6 gap-y-4">
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
