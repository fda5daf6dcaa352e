import type { Metadata } from 'next';

import { RegisterPage } from '@/components/auth/RegisterPage';

export const metadata: Metadata = { title: 'Create an account' };

export default function Page() {
  return <RegisterPage />;
}
