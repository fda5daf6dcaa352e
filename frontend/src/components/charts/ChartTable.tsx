import { bucketName, daysIn } from '@/components/charts/buckets';
import { useFormat, useTexts } from '@/context/preferences';
import type { BucketOut, GroupBy } from '@/lib/api';
import { unitName } from '@/lib/units';

type Props = {
  caption: string;
  unit: string;
  group: GroupBy;
  series: readonly BucketOut[];
  compared: readonly BucketOut[];
};

/** The chart's data to read. */
export function ChartTable({ caption, unit, group, series, compared }: Props) {
  const t = useTexts();
  const format = useFormat();
  const quality = (bucket: BucketOut) => {
    const parts = [];
    const days = daysIn(bucket);
    if (bucket.days_covered < days) {
      parts.push(
        t.dashboard.qualityPartly(format.number(bucket.days_covered, 0), format.number(days, 0)),
      );
    } else parts.push(t.dashboard.qualityFull);
    if (bucket.estimated) parts.push(t.dashboard.qualityEstimated);
    return parts.join(', ');
  };
  return (
    <div
      className="max-h-96 overflow-auto rounded-lg border border-line"
      tabIndex={0}
      role="region"
      aria-label={caption}
    >
      <table className="w-full text-sm">
        <caption className="sr-only">{caption}</caption>
        <thead className="sticky top-0 bg-surface text-left text-muted">
          <tr>
            <th scope="col" className="px-3 py-2 font-medium">
              {t.dashboard.columnPeriod}
            </th>
            <th scope="col" className="px-3 py-2 text-right font-medium">
              {t.dashboard.columnAmount} ({unitName(unit)})
            </th>
            {compared.length > 0 && (
              <th scope="col" className="px-3 py-2 text-right font-medium">
                {t.dashboard.columnCompared} ({unitName(unit)})
              </th>
            )}
            <th scope="col" className="px-3 py-2 font-medium">
              {t.dashboard.columnQuality}
            </th>
          </tr>
        </thead>
        <tbody>
          {series.map((bucket, index) => (
            <tr key={bucket.start} className="border-t border-line">
              <th scope="row" className="px-3 py-1.5 text-left font-normal">
                {bucketName(bucket, group, format)}
              </th>
              <td className="px-3 py-1.5 text-right">
                {bucket.amount === null ? t.dashboard.noData : format.number(bucket.amount)}
              </td>
              {compared.length > 0 && (
                <td className="px-3 py-1.5 text-right">
                  {compared[index]?.amount == null ? '–' : format.number(compared[index].amount)}
                </td>
              )}
              <td className="px-3 py-1.5 text-muted">{quality(bucket)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
