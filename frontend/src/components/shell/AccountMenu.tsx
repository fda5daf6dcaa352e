import { useQuery } from '@tanstack/react-query';
import { Check, Plus } from 'lucide-react';

import { QueryPanel } from '@/components/common/QueryPanel';
import { Initial } from '@/components/shell/Initial';
import { Skeleton } from '@/components/ui/Skeleton';
import { useNotify } from '@/components/ui/Toast';
import { useTexts } from '@/context/preferences';
import { accountListOptions, useSwitchAccount } from '@/hooks/accounts';
import { useProblemText } from '@/hooks/problem-text';
import type { AccountOut } from '@/lib/api';
import { cn } from '@/lib/cn';
import { toProblem } from '@/lib/problem';

const ROW =
  'flex min-h-11 w-full items-center gap-3 rounded-[10px] px-2.5 py-1.5 text-left hover:bg-raised disabled:opacity-60';

type Props = { current: AccountOut; onDone: () => void; onCreate: () => void };

/** The accounts one belongs to. */
export default function AccountMenu({ current, onDone, onCreate }: Props) {
  const t = useTexts();
  const notify = useNotify();
  const problemText = useProblemText();
  const query = useQuery(accountListOptions());
  const { mutateAsync, isPending } = useSwitchAccount();
  const choose = async (account: AccountOut) => {
    if (account.id === current.id) return onDone();
    try {
      await mutateAsync(account.id);
    } catch (error) {
      notify({ text: problemText(toProblem(error)) });
    }
    onDone();
  };
  return (
    <>
      <QueryPanel query={query} skeleton={<Skeleton className="m-2 h-8" />}>
        {(accounts) => (
          <ul>
            {accounts.map((account) => (
              <li key={account.id}>
                <button
                  type="button"
                  className={ROW}
                  disabled={isPending}
                  aria-current={account.id === current.id || undefined}
                  onClick={() => void choose(account)}
                >
                  <Initial name={account.name} />
                  <span className="min-w-0 flex-1 leading-tight">
                    <span className="block truncate">{account.name}</span>
                    <span className="block truncate text-sm text-muted">
                      {t.roles[account.role]}
                    </span>
                  </span>
                  {account.id === current.id && <Check aria-hidden className="size-4 shrink-0" />}
                </button>
              </li>
            ))}
          </ul>
        )}
      </QueryPanel>
      <button type="button" className={cn(ROW, 'mt-1 text-muted')} onClick={onCreate}>
        <span className="grid size-8 place-items-center">
          <Plus aria-hidden className="size-4" />
        </span>
        {t.shell.newAccount}
      </button>
    </>
  );
}
