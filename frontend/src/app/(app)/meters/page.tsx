import type { Metadata } from 'next';

import { Feature } from './feature';

export const metadata: Metadata = { title: 'Meters' };

export default function Page() {
  return <Feature />;
}
