'use client';

import { LogOut } from 'lucide-react';

import { PageHeader } from '@/components/common/PageHeader';
import { AccountForm } from '@/components/settings/AccountForm';
import { ApiKeys } from '@/components/settings/ApiKeys';
import { ArchiveDownload } from '@/components/settings/ArchiveDownload';
import { DeviceSettings } from '@/components/settings/DeviceSettings';
import { MemberList } from '@/components/settings/MemberList';
import { PasswordForm } from '@/components/settings/PasswordForm';
import { ProfileForm } from '@/components/settings/ProfileForm';
import { Section } from '@/components/settings/Section';
import { SessionList } from '@/components/settings/SessionList';
import { Button } from '@/components/ui/Button';
import { useAppTexts } from '@/hooks/app-texts';
import { useSession } from '@/context/session';

export function SettingsPage() {
  const t = useAppTexts();
  const { signOut, isGuest } = useSession();
  return (
    <>
      <PageHeader title={t.settings.title}>
        {!isGuest && (
          <Button onClick={() => void signOut({ everywhere: true })}>
            {t.settings.signOutEverywhere}
          </Button>
        )}
        <Button onClick={() => void signOut()}>
          <LogOut aria-hidden className="size-4" />
          {t.common.signOut}
        </Button>
      </PageHeader>
      <div className="flex max-w-4xl flex-col gap-5">
        <Section title={t.settings.profile} lead={t.settings.profileLead}>
          <ProfileForm />
        </Section>
        <Section title={t.settings.account} lead={t.settings.accountLead}>
          <AccountForm />
        </Section>
        {!isGuest && (
          <Section title={t.members.title} lead={t.members.lead}>
            <MemberList />
          </Section>
        )}
        <Section title={t.settings.looks} lead={t.settings.looksLead}>
          <DeviceSettings />
        </Section>
        <Section title={t.exports.accountTitle} lead={t.exports.accountLead}>
          <ArchiveDownload />
        </Section>
        {!isGuest && (
          <>
            <Section title={t.apiKeys.title} lead={t.apiKeys.lead} name="api-keys">
              <ApiKeys />
            </Section>
            <Section title={t.settings.sessions} lead={t.settings.sessionsLead}>
              <SessionList />
            </Section>
            <Section title={t.settings.password} lead={t.settings.passwordLead}>
              <PasswordForm />
            </Section>
          </>
        )}
      </div>
    </>
  );
}
