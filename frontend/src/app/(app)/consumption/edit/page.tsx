import type { Metadata } from 'next';

import { Feature } from './feature';

export const metadata: Metadata = { title: 'Edit record' };

export default function Page() {
  return <Feature />;
}
