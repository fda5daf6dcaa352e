import { NotFoundPage } from '@/components/common/NotFoundPage';

export default function NotFound() {
  return <NotFoundPage />;
}
