import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { QueryPanel } from '@/components/common/QueryPanel';
import { AddMember } from '@/components/settings/AddMember';
import { Button } from '@/components/ui/Button';
import { Select } from '@/components/ui/controls';
import { Dialog } from '@/components/ui/Dialog';
import { Skeleton } from '@/components/ui/Skeleton';
import { useNotify } from '@/components/ui/Toast';
import { useAppTexts } from '@/hooks/app-texts';
import { useMe, useSession } from '@/context/session';
import {
  memberListOptions,
  ROLES,
  useChangeMembers,
  type MemberChange,
  type Role,
} from '@/hooks/accounts';
import { useProblemText } from '@/hooks/problem-text';
import type { MemberOut } from '@/lib/api';
import { toProblem } from '@/lib/problem';

/** Who belongs to the account; owners change that. */
export function MemberList() {
  const t = useAppTexts();
  const notify = useNotify();
  const problemText = useProblemText();
  const { account } = useMe();
  const isOwner = account.role === 'owner';
  const query = useQuery(memberListOptions());
  const { mutateAsync, isPending } = useChangeMembers();
  const run = async (change: MemberChange): Promise<boolean> => {
    try {
      await mutateAsync(change);
      return true;
    } catch (error) {
      notify({ text: problemText(toProblem(error)) });
      return false;
    }
  };
  const remove = async (member: MemberOut) => {
    if (!(await run({ kind: 'remove', member }))) return;
    const { username, role } = member;
    const back = () => void run({ kind: 'add', body: { username, role: role as Role } });
    notify({
      text: t.members.removed(nameOf(member)),
      action: { label: t.common.undo, onAct: back },
    });
  };
  const changeRole = async (member: MemberOut, role: Role) => {
    if (await run({ kind: 'role', member, role })) {
      notify({ text: t.members.changed(nameOf(member), t.roles[role]) });
    }
  };
  return (
    <>
      <QueryPanel query={query} skeleton={<Skeleton className="h-28" />}>
        {(members) => (
          <ul>
            {members.map((member) => (
              <MemberItem
                key={member.user_id}
                member={member}
                mayChange={isOwner && member.role !== 'guest' && !isPending}
                isLast={members.length < 2}
                onRole={(role) => void changeRole(member, role)}
                onRemove={() => void remove(member)}
              />
            ))}
          </ul>
        )}
      </QueryPanel>
      {isOwner ? <AddMember /> : <p className="mt-4 text-sm text-muted">{t.members.ownerOnly}</p>}
    </>
  );
}

const nameOf = ({ first_name: first, last_name: last, username }: MemberOut): string =>
  [first, last].filter(Boolean).join(' ') || username;

type ItemProps = {
  member: MemberOut;
  mayChange: boolean;
  isLast: boolean;
  onRole: (role: Role) => void;
  onRemove: () => void;
};

function MemberItem({ member, mayChange, isLast, onRole, onRemove }: ItemProps) {
  const t = useAppTexts();
  const { user } = useMe();
  const isMe = member.user_id === user.id;
  const name = nameOf(member);
  const facts = [isMe ? t.members.you : name === member.username ? null : member.username];
  facts.push(member.email);
  return (
    <li className="flex min-h-14 flex-wrap items-center gap-x-3 gap-y-1 border-t border-line py-2 first:border-0">
      <div className="min-w-40 flex-1">
        <p className="truncate">{name}</p>
        <p className="truncate text-sm text-muted">{facts.filter(Boolean).join(' · ')}</p>
      </div>
      {mayChange ? (
        <Select
          aria-label={t.members.roleOf(name)}
          className="!min-h-9 !w-auto !border-line text-sm pointer-coarse:!min-h-11"
          value={member.role}
          onChange={({ target }) => onRole(target.value as Role)}
        >
          {ROLES.map((role) => (
            <option key={role} value={role}>
              {t.roles[role]}
            </option>
          ))}
        </Select>
      ) : (
        <span className="text-sm text-muted">{t.roles[member.role]}</span>
      )}
      {isMe
        ? !isLast && <Leave member={member} />
        : mayChange && (
            <Button size="sm" aria-label={t.members.removeOne(name)} onClick={onRemove}>
              {t.members.remove}
            </Button>
          )}
    </li>
  );
}

/** Leaving cannot be undone by oneself, so it asks. */
function Leave({ member }: { member: MemberOut }) {
  const t = useAppTexts();
  const { account } = useMe();
  const { signOut } = useSession();
  const notify = useNotify();
  const problemText = useProblemText();
  const { mutateAsync, isPending } = useChangeMembers();
  const [isAsking, setAsking] = useState(false);
  const leave = async () => {
    try {
      await mutateAsync({ kind: 'remove', member });
      // Sessions in the account are over; signing in leads to another one.
      await signOut().catch(() => undefined);
    } catch (error) {
      notify({ text: problemText(toProblem(error)) });
      setAsking(false);
    }
  };
  return (
    <>
      <Button size="sm" onClick={() => setAsking(true)}>
        {t.members.leave}
      </Button>
      <Dialog
        title={t.members.leaveTitle(account.name)}
        isOpen={isAsking}
        onClose={() => setAsking(false)}
      >
        <p className="text-muted">{t.members.leaveText}</p>
        <div className="mt-6 flex flex-wrap justify-end gap-2.5">
          <Button onClick={() => setAsking(false)}>{t.common.cancel}</Button>
          <Button variant="danger" disabled={isPending} onClick={() => void leave()}>
            {t.members.leave}
          </Button>
        </div>
      </Dialog>
    </>
  );
}
