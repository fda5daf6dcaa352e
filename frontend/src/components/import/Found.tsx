import { UtilityBadge, UtilityIcon } from '@/components/common/utility';
import { useFormat, useTexts } from '@/context/preferences';
import type { ImportOut } from '@/lib/api';
import { unitName } from '@/lib/units';

const SHOWN = 8;

/** What the file is, and its first lines as they were understood. */
export function Found({ found }: { found: ImportOut }) {
  const t = useTexts();
  const format = useFormat();
  const { counts, meters, range, reading, warnings } = found;
  const n = (value: number) => format.number(value, 0);
  const lines = counts.added + counts.changed + counts.unchanged + counts.rejected;
  const facts = [
    t.import.willAdd(n(counts.added)),
    counts.unchanged > 0 && t.import.willKeep(n(counts.unchanged)),
    counts.rejected > 0 && t.import.willReject(n(counts.rejected)),
    counts.ignored > 0 && t.import.willIgnore(n(counts.ignored)),
  ].filter(Boolean);
  const hasMeter = reading?.preview.some((row) => row.meter) ?? false;
  return (
    <section className="card p-5 lg:p-6" aria-labelledby="found">
      <h2 id="found" className="text-lg font-semibold">
        {t.import.found(
          t.count.lines(lines, n(lines)),
          t.import.metersCount(meters.length, n(meters.length)),
        )}
      </h2>
      <p className="mt-0.5 text-muted">
        {[range && format.range(range.start, range.end), ...facts].filter(Boolean).join(' · ')}
      </p>
      <ul className="mt-4 flex flex-wrap gap-2.5">
        {meters.map((meter) => (
          <li
            key={`${meter.name}${meter.consumption_type}${meter.unit}`}
            className="flex items-center gap-2.5 rounded-xl border border-line py-2 pr-4 pl-2"
          >
            <UtilityIcon type={meter.consumption_type} />
            <span className="leading-tight">
              <span className="block font-medium">{meter.name}</span>
              <span className="text-sm text-muted">
                {[t.import.willAdd(n(meter.added)), meter.is_new && t.import.newMeterMark]
                  .filter(Boolean)
                  .join(' · ')}
              </span>
            </span>
          </li>
        ))}
      </ul>
      {warnings.length > 0 && (
        <ul className="mt-4 list-disc pl-5 text-sm text-warn">
          {warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
      {reading && reading.preview.length > 0 && (
        <div
          className="mt-5 overflow-x-auto"
          tabIndex={0}
          role="region"
          aria-label={t.import.previewTitle}
        >
          <table className="w-full min-w-[34rem] text-[0.9375rem]">
            <caption className="mb-1 text-left text-sm font-medium">
              {t.import.previewTitle}
            </caption>
            <thead className="text-left text-sm text-muted">
              <tr>
                <th scope="col" className="py-2 pr-4 font-medium">
                  {t.import.line}
                </th>
                <th scope="col" className="py-2 pr-4 font-medium">
                  {t.consumption.columns.date}
                </th>
                <th scope="col" className="py-2 pr-4 font-medium">
                  {t.consumption.columns.utility}
                </th>
                {hasMeter && (
                  <th scope="col" className="py-2 pr-4 font-medium">
                    {t.consumption.columns.meter}
                  </th>
                )}
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
                    {format.exact(row.amount)}{' '}
                    <span className="text-muted">{unitName(row.unit)}</span>
                  </td>
                  <td className="max-w-64 truncate py-2 text-muted">{row.description}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
