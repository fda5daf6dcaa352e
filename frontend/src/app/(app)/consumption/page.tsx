import type { Metadata } from 'next';

import { ConsumptionPage } from '@/components/consumption/ConsumptionPage';

export const metadata: Metadata = { title: 'Consumption' };

export default function Page() {
  return <ConsumptionPage />;
}
