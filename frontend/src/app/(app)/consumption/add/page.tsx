import type { Metadata } from 'next';

import { AddRecord } from '@/components/consumption/AddRecord';

export const metadata: Metadata = { title: 'Add consumption' };

export default function Page() {
  return <AddRecord />;
}
