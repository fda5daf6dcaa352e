import type { Metadata } from 'next';

import { EditRecord } from '@/components/consumption/EditRecord';

export const metadata: Metadata = { title: 'Edit record' };

export default function Page() {
  return <EditRecord />;
}
