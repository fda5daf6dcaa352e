import { ProblemMessage } from '@/components/common/ProblemMessage';
import { RECORD_FIELDS } from '@/components/consumption/record-values';
import { useAppTexts } from '@/hooks/app-texts';
import { Problem, toProblem } from '@/lib/problem';

/** Why a record was not saved, unless all of it already stands at the fields. */
export function SaveProblem({ error }: { error: unknown }) {
  const t = useAppTexts();
  if (!error) return null;
  const problem = toProblem(error);
  const names: readonly string[] = RECORD_FIELDS;
  const isShown =
    problem.fields.size > 0 && [...problem.fields.keys()].every((one) => names.includes(one));
  if (isShown || problem.kind === 'stale') return null;
  const isLost = problem.kind === 'offline' || problem.kind === 'timeout';
  const said = isLost ? new Problem({ detail: t.entry.notSavedOffline }, 'other') : problem;
  return <ProblemMessage error={said} />;
}
