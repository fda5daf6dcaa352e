import type { Metadata } from 'next';

import { MeterPage } from '@/components/meters/MeterPage';

export const metadata: Metadata = { title: 'Meter' };

export default function Page() {
  return <MeterPage />;
}
