import { useMutation } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';

import { useNotify } from '@/components/ui/Toast';
import { useTexts } from '@/context/preferences';
import { useSession } from '@/context/session';
import { useProblemText } from '@/hooks/problem-text';
import { paths } from '@/lib/paths';
import { toProblem } from '@/lib/problem';

/** Signs in to the account with example data, where the server has one. */
export function useTryDemo() {
  const t = useTexts();
  const router = useRouter();
  const notify = useNotify();
  const problemText = useProblemText();
  const { signIn } = useSession();
  return useMutation({
    mutationFn: async () => {
      const { startDemo } = await import('@/lib/api');
      return (await startDemo({ body: {} })).data;
    },
    onSuccess: (answer) => {
      signIn(answer);
      router.push(paths.dashboard());
    },
    onError: (error) => {
      const problem = toProblem(error);
      notify({ text: problem.kind === 'gone' ? t.common.noDemo : problemText(problem) });
    },
  });
}
