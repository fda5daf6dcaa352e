'use client';

import { Link } from '@/components/ui/Link';
import { useEffect } from 'react';

import { Brand } from '@/components/common/Brand';
import { ButtonLink } from '@/components/ui/Button';
import { useTexts } from '@/context/preferences';
import { paths } from '@/lib/paths';

export function NotFoundPage() {
  const t = useTexts();
  useEffect(() => {
    document.title = `${t.errors.notFoundTitle} · ${t.product}`;
  }, [t]);
  return (
    <main className="mx-auto flex min-h-dvh max-w-md flex-col items-start justify-center gap-3 px-5">
      <Link href={paths.landing()} className="mb-6">
        <Brand />
      </Link>
      <h1 className="text-3xl font-semibold tracking-tight">{t.errors.notFoundTitle}</h1>
      <p className="text-muted">{t.errors.notFoundText}</p>
      <ButtonLink href={paths.landing()} variant="primary" className="mt-4">
        {t.errors.home}
      </ButtonLink>
    </main>
  );
}
