'use client';

import { CircleCheck, FileCheck2, LockOpen } from 'lucide-react';
import { Link } from '@/components/ui/Link';
import { useEffect } from 'react';

import { Brand } from '@/components/common/Brand';
import { LanguageSelect } from '@/components/common/LanguageSelect';
import { SampleChart } from '@/components/landing/SampleChart';
import { Button, ButtonLink } from '@/components/ui/Button';
import { useTexts } from '@/context/preferences';
import { useSession } from '@/context/session';
import { useTryDemo } from '@/hooks/demo';
import { paths } from '@/lib/paths';
import { wasSignedIn } from '@/lib/session-store';

const ICONS = [CircleCheck, FileCheck2, LockOpen];

export function LandingPage() {
  const t = useTexts();
  const demo = useTryDemo();
  const { status, restore } = useSession();
  useEffect(() => {
    if (status === 'unknown' && wasSignedIn()) restore().catch(() => undefined);
  }, [status, restore]);
  return (
    <div className="mx-auto flex min-h-dvh max-w-7xl flex-col px-5 py-5 lg:px-8">
      <header className="flex items-center justify-between gap-3">
        <Brand />
        <div className="flex items-center gap-2">
          <LanguageSelect />
          <ButtonLink href={status === 'in' ? paths.dashboard() : paths.login()} variant="quiet">
            {status === 'in' ? t.landing.openApp : t.common.signIn}
          </ButtonLink>
        </div>
      </header>
      <main className="flex-1">
        <div className="grid items-center gap-10 py-12 lg:grid-cols-[minmax(0,1fr)_minmax(0,1.15fr)] lg:gap-14 lg:py-20">
          <div>
            <h1 className="text-5xl leading-[1.05] font-semibold tracking-tight lg:text-6xl">
              {t.landing.title}
            </h1>
            <p className="mt-5 max-w-xl text-lg text-muted">{t.landing.lead}</p>
            <div className="mt-8 flex flex-wrap gap-3">
              <ButtonLink href={paths.register()} variant="primary" className="!min-h-12 px-6">
                {t.common.createAccount}
              </ButtonLink>
              <Button
                className="!min-h-12 px-6"
                disabled={demo.isPending}
                onClick={() => demo.mutate()}
              >
                {t.common.tryDemo}
              </Button>
            </div>
            <p className="mt-5 text-sm text-muted">{t.landing.own}</p>
          </div>
          <SampleChart />
        </div>
        <ul className="grid gap-5 pb-14 md:grid-cols-3">
          {t.landing.points.map(({ title, text }, index) => {
            const Icon = ICONS[index] ?? CircleCheck;
            return (
              <li key={title} className="card p-6">
                <Icon aria-hidden className="size-6 text-muted" strokeWidth={1.75} />
                <h2 className="mt-4 text-lg font-semibold">{title}</h2>
                <p className="mt-1.5 text-muted">{text}</p>
              </li>
            );
          })}
        </ul>
      </main>
      <footer className="flex flex-wrap gap-x-6 gap-y-2 border-t border-line py-5 text-sm text-muted">
        <span>{t.product}</span>
        <a className="link" href="/api/docs">
          {t.landing.apiDocs}
        </a>
        <Link className="link" href={paths.login()}>
          {t.common.signIn}
        </Link>
      </footer>
    </div>
  );
}
