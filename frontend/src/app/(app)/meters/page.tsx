import type { Metadata } from 'next';

import { MetersPage } from '@/components/meters/MetersPage';

export const metadata: Metadata = { title: 'Meters' };

export default function Page() {
  return <MetersPage />;
}
