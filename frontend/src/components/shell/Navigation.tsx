import { Gauge, LayoutGrid, Menu as List, Import, SlidersHorizontal, LogOut } from 'lucide-react';
import { Link } from '@/components/ui/Link';
import { usePathname } from 'next/navigation';

import { Brand } from '@/components/common/Brand';
import { AccountSwitcher } from '@/components/shell/AccountSwitcher';
import { DemoNotice } from '@/components/shell/Notices';
import { Button } from '@/components/ui/Button';
import { useTexts } from '@/context/preferences';
import { useSession } from '@/context/session';
import { cn } from '@/lib/cn';
import { paths } from '@/lib/paths';

const ITEMS = [
  { key: 'dashboard', href: paths.dashboard(), icon: LayoutGrid },
  { key: 'consumption', href: paths.consumption(), icon: List },
  { key: 'meters', href: paths.meters(), icon: Gauge },
  { key: 'import', href: paths.importFile(), icon: Import },
  { key: 'settings', href: paths.settings(), icon: SlidersHorizontal },
] as const;

const isUnder = (pathname: string, href: string) =>
  pathname === href || `${pathname}/`.startsWith(href);

export function SideBar() {
  const t = useTexts();
  const pathname = usePathname();
  return (
    <header
      data-no-print
      className="sticky top-0 hidden h-dvh flex-col gap-6 border-r border-line bg-surface px-4 py-6 md:flex"
    >
      <Link href={paths.dashboard()} className="px-2.5">
        <Brand />
      </Link>
      <AccountSwitcher />
      <nav aria-label={t.nav.label} className="flex-1">
        <ul className="flex flex-col gap-1">
          {ITEMS.map(({ key, href, icon: Icon }) => (
            <li key={key}>
              <Link
                href={href}
                aria-current={isUnder(pathname, href) ? 'page' : undefined}
                className="flex min-h-11 items-center gap-3 rounded-[10px] px-3 text-muted hover:text-ink aria-[current]:bg-raised aria-[current]:font-medium aria-[current]:text-ink"
              >
                <Icon aria-hidden className="size-[1.125rem]" strokeWidth={2.1} />
                {t.nav[key]}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <DemoNotice className="px-2.5" />
      <UserCard />
    </header>
  );
}

function UserCard() {
  const t = useTexts();
  const { me, signOut } = useSession();
  if (!me) return <div className="h-11" />;
  const { username, first_name: first, last_name: last } = me.user;
  return (
    <div role="group" aria-label={t.nav.account} className="flex items-center gap-2 pl-2.5">
      <span className="min-w-0 flex-1 truncate text-[0.9375rem] text-muted">
        {[first, last].filter(Boolean).join(' ') || username}
      </span>
      <Button
        variant="quiet"
        size="icon"
        aria-label={t.common.signOut}
        title={t.common.signOut}
        onClick={() => void signOut()}
      >
        <LogOut aria-hidden className="size-[1.125rem]" />
      </Button>
    </div>
  );
}

/** On a phone the account stands above the page. */
export function TopBar() {
  return (
    <header
      data-no-print
      className="flex items-center gap-3 border-b border-line bg-surface px-5 py-1.5 md:hidden"
    >
      <AccountSwitcher className="w-full max-w-xs" />
    </header>
  );
}

export function BottomBar() {
  const t = useTexts();
  const pathname = usePathname();
  return (
    <nav
      aria-label={t.nav.label}
      data-no-print
      className="fixed inset-x-0 bottom-0 z-30 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      <ul className="grid grid-cols-5 gap-0.5 px-1.5 py-1.5">
        {ITEMS.map(({ key, href, icon: Icon }) => (
          <li key={key} className="min-w-0">
            <Link
              href={href}
              aria-current={isUnder(pathname, href) ? 'page' : undefined}
              className={cn(
                'flex min-h-14 flex-col items-center justify-center gap-1 rounded-xl text-[0.6875rem] text-muted min-[400px]:text-[0.8125rem]',
                'aria-[current]:bg-raised aria-[current]:font-medium aria-[current]:text-ink',
              )}
            >
              <Icon aria-hidden className="size-5" />
              <span className="max-w-full truncate px-0.5">{t.nav[key]}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
