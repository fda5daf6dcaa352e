import { ChevronsUpDown } from 'lucide-react';
import dynamic from 'next/dynamic';
import { useId, useRef, useState } from 'react';

import { Initial } from '@/components/shell/Initial';
import { useTexts } from '@/context/preferences';
import { useSession } from '@/context/session';
import { cn } from '@/lib/cn';

// Neither is needed for the first paint.
const AccountMenu = dynamic(() => import('@/components/shell/AccountMenu'), { ssr: false });
const AccountDialog = dynamic(() => import('@/components/shell/AccountDialog'), { ssr: false });

/** Which account this is, and the way to the others. */
export function AccountSwitcher({ className }: { className?: string }) {
  const t = useTexts();
  const id = useId();
  const { me, isGuest } = useSession();
  const menu = useRef<HTMLDivElement>(null);
  const [isOpen, setOpen] = useState(false);
  const [isCreating, setCreating] = useState(false);
  if (!me) return <div className={cn('h-12', className)} />;
  const name = (
    <>
      <Initial name={me.account.name} />
      <span className="min-w-0 flex-1 truncate font-medium">{me.account.name}</span>
    </>
  );
  // Many people share the demo: there is nothing to switch to.
  if (isGuest) return <p className={cn('flex h-12 items-center gap-3 px-2', className)}>{name}</p>;
  return (
    <div className={cn('relative', className)}>
      <button
        type="button"
        popoverTarget={id}
        aria-label={`${t.shell.account}: ${me.account.name}`}
        className="flex h-12 w-full items-center gap-3 rounded-xl border border-line px-2 text-left hover:bg-raised"
        onClick={({ currentTarget }) => {
          const { left, bottom } = currentTarget.getBoundingClientRect();
          menu.current?.style.setProperty('left', `${left}px`);
          menu.current?.style.setProperty('top', `${bottom + 6}px`);
        }}
      >
        {name}
        <ChevronsUpDown aria-hidden className="size-4 shrink-0 text-muted" />
      </button>
      <div
        ref={menu}
        id={id}
        popover="auto"
        role="group"
        aria-label={t.shell.accounts}
        onToggle={(event) => setOpen(event.newState === 'open')}
        className="card fixed inset-auto m-0 max-h-[70dvh] w-72 max-w-[calc(100vw-2rem)] overflow-y-auto p-1.5 text-ink shadow-lg"
      >
        {isOpen && (
          <AccountMenu
            current={me.account}
            onDone={() => menu.current?.hidePopover()}
            onCreate={() => {
              menu.current?.hidePopover();
              setCreating(true);
            }}
          />
        )}
      </div>
      {isCreating && <AccountDialog onClose={() => setCreating(false)} />}
    </div>
  );
}
