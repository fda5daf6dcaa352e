import { UtilityBadge } from '@/components/common/utility';
import { useFormat } from '@/context/preferences';
import { useAppTexts } from '@/hooks/app-texts';
import type { Reading } from '@/lib/api';
import { unitName } from '@/lib/units';

const SHOWN = 8;

/** The first lines of a file of dated amounts, as they were understood. */
export function PreviewTable({ reading }: { reading: Reading }) {
  const t = useAppTexts();
  const format = useFormat();
  const hasMeter = reading.preview.some((row) => row.meter);
  const columns = [
    t.import.line,
    t.consumption.columns.date,
    t.consumption.columns.utility,
    ...(hasMeter ? [t.consumption.columns.meter] : []),
  ];
  return (
    <div
      className="mt-5 overflow-x-auto"
      tabIndex={0}
      role="region"
      aria-label={t.import.previewTitle}
    >
      <table className="w-full min-w-[34rem] text-[0.9375rem]">
        <caption className="mb-1 text-left text-sm font-medium">{t.import.previewTitle}</caption>
        <thead className="text-left text-sm text-muted">
          <tr>
            {columns.map((name) => (
              <th key={name} scope="col" className="py-2 pr-4 font-medium">
                {name}
              </th>
            ))}
            <th scope="col" className="py-2 pr-4 text-right font-medium">
              {t.consumption.columns.amount}
            </th>
            <th scope="col" className="py-2 font-medium">
              {t.consumption.columns.description}
            </th>
          </tr>
        </thead>
        <tbody>
          {reading.preview.slice(0, SHOWN).map((row) => (
            <tr key={row.line} className="border-t border-line">
              <td className="py-2 pr-4 text-muted">{row.line}</td>
              <td className="py-2 pr-4 whitespace-nowrap">
                {row.period_start
                  ? format.range(row.period_start, row.consumption_date)
                  : format.day(row.consumption_date)}
              </td>
              <td className="py-2 pr-4">
                <UtilityBadge type={row.consumption_type} />
              </td>
              {hasMeter && <td className="py-2 pr-4">{row.meter}</td>}
              <td className="py-2 pr-4 text-right whitespace-nowrap">
                {format.exact(row.amount)} <span className="text-muted">{unitName(row.unit)}</span>
              </td>
              <td className="max-w-64 truncate py-2 text-muted">{row.description}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
