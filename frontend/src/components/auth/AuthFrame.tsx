import { Link } from '@/components/ui/Link';
import { useEffect, type ReactNode } from 'react';

import { Brand } from '@/components/common/Brand';
import { LanguageSelect } from '@/components/common/LanguageSelect';
import { useTexts } from '@/context/preferences';
import { paths } from '@/lib/paths';

type Props = { title: string; lead: string; children: ReactNode };

export function AuthFrame({ title, lead, children }: Props) {
  const t = useTexts();
  useEffect(() => {
    document.title = `${title} · ${t.product}`;
  }, [title, t]);
  return (
    <div className="mx-auto flex min-h-dvh w-full max-w-md flex-col px-5 py-6">
      <header className="flex items-center justify-between gap-4">
        <Link href={paths.landing()}>
          <Brand />
        </Link>
        <LanguageSelect />
      </header>
      <main className="my-auto py-8">
        <h1 className="text-3xl font-semibold tracking-tight">{title}</h1>
        <p className="mt-1.5 mb-6 text-muted">{lead}</p>
        {children}
      </main>
    </div>
  );
}
