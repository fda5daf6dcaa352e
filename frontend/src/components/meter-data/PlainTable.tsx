import { cn } from '@/lib/cn';

type Props = {
  caption: string;
  columns: readonly { name: string; isNumber?: boolean }[];
  /** The first cell of a row is its name. */
  rows: readonly (readonly string[])[];
};

/** What a drawing shows, as a table in a box that scrolls. */
export function PlainTable({ caption, columns, rows }: Props) {
  const align = (column: number) => columns[column]?.isNumber && 'text-right';
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
            {columns.map(({ name }, column) => (
              <th key={name} scope="col" className={cn('px-3 py-2 font-medium', align(column))}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, ...cells], row) => (
            <tr key={`${row} ${name}`} className="border-t border-line">
              <th scope="row" className="px-3 py-1.5 text-left font-normal">
                {name}
              </th>
              {cells.map((cell, index) => (
                <td key={index} className={cn('px-3 py-1.5', align(index + 1))}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
