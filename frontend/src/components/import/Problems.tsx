import { Download } from 'lucide-react';

import { Button } from '@/components/ui/Button';
import { useFormat } from '@/context/preferences';
import { useAppTexts } from '@/hooks/app-texts';
import type { ImportOut } from '@/lib/api';
import { RECORDS } from '@/lib/import-formats';
import { download, toCsv } from '@/lib/download';

const SHOWN = 50;

/** Which lines cannot be taken, where, and why. */
export function Problems({ found }: { found: ImportOut }) {
  const t = useAppTexts();
  const format = useFormat();
  const { problems, problems_total: total, counts } = found;
  const count = found.format === RECORDS ? t.count.lines : t.import.values;
  const shown = problems.slice(0, SHOWN);
  const n = (value: number) => format.number(value, 0);
  return (
    <section className="card p-5 lg:p-6" aria-labelledby="problems">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <div>
          <h2 id="problems" className="font-semibold">
            {t.import.problemsTitle(count(counts.rejected, n(counts.rejected)))}
          </h2>
          <p className="text-sm text-muted">
            {t.import.fixHint}
            {total > shown.length && ` ${t.import.problemsMore(n(shown.length), n(total))}`}
          </p>
        </div>
        <Button
          size="sm"
          onClick={() =>
            download(
              `${found.file_name}-problems.csv`,
              toCsv([
                ['line', 'column', 'reason'],
                ...problems.map((one) => [one.line, one.column, one.detail]),
              ]),
            )
          }
        >
          <Download aria-hidden className="size-4" />
          {t.import.downloadProblems}
        </Button>
      </div>
      <div
        className="mt-3 max-h-80 overflow-auto"
        tabIndex={0}
        role="region"
        aria-labelledby="problems"
      >
        <table className="w-full text-[0.9375rem]">
          <thead className="sticky top-0 bg-surface text-left text-sm text-muted">
            <tr>
              <th scope="col" className="w-20 py-2 pr-4 font-medium">
                {t.import.line}
              </th>
              <th scope="col" className="w-40 py-2 pr-4 font-medium">
                {t.import.column}
              </th>
              <th scope="col" className="py-2 font-medium">
                {t.import.reason}
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((problem, index) => (
              <tr key={index} className="border-t border-line align-top">
                <td className="py-2 pr-4">{n(problem.line)}</td>
                <td className="py-2 pr-4 text-muted">{problem.column ?? '–'}</td>
                <td className="py-2" lang="en">
                  {problem.detail}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
