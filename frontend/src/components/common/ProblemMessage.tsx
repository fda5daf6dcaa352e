import { TriangleAlert } from 'lucide-react';

import { Button } from '@/components/ui/Button';
import { Link } from '@/components/ui/Link';
import { useTexts } from '@/context/preferences';
import { useSession } from '@/context/session';
import { useProblemText, useServerDetail } from '@/hooks/problem-text';
import { paths } from '@/lib/paths';
import { toProblem } from '@/lib/problem';

type Props = { error: unknown; title?: string; onRetry?: () => void };

/** What failed in words, its request id small, and a way to try again. */
export function ProblemMessage({ error, title, onRetry }: Props) {
  const t = useTexts();
  const problem = toProblem(error);
  const text = useProblemText()(problem);
  const detail = useServerDetail()(problem);
  const { isGuest } = useSession();
  if (isGuest && problem.kind === 'read-only') return <GuestMessage text={text} />;
  return (
    <div role="alert" className="flex gap-3 rounded-xl border border-danger/30 bg-danger-soft p-4">
      <TriangleAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-danger" />
      <div className="min-w-0">
        <p className="font-medium">{title ?? t.problem.title}</p>
        <p className="text-sm break-words">{text}</p>
        {detail && (
          <p lang="en" className="mt-1 text-xs break-words text-muted">
            {detail}
          </p>
        )}
        {problem.requestId && (
          <p className="mt-1 text-xs break-all text-muted">
            {t.common.requestId} {problem.requestId}
          </p>
        )}
        {onRetry && (
          <Button size="sm" className="mt-3" onClick={onRetry}>
            {t.common.retry}
          </Button>
        )}
      </div>
    </div>
  );
}

/** A guest has done nothing wrong, and hears what to do instead. */
function GuestMessage({ text }: { text: string }) {
  const t = useTexts();
  return (
    <p role="alert" className="rounded-xl border border-line bg-raised p-4">
      {text}{' '}
      <Link href={paths.register()} className="link whitespace-nowrap">
        {t.common.createAccount}
      </Link>
    </p>
  );
}
