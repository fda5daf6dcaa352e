import type { Metadata } from 'next';

import { LandingPage } from '@/components/landing/LandingPage';

export const metadata: Metadata = { title: { absolute: 'Consumo: know what you use' } };

export default function Page() {
  return <LandingPage />;
}
