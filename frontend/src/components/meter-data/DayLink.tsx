import type { ReactNode } from 'react';

import { useUrlState } from '@/hooks/url-state';
import type { Day } from '@/lib/days';

/** Leads to a day's intervals on the same page. */
export function DayLink({ day, children }: { day: Day; children: ReactNode }) {
  const { change } = useUrlState();
  return (
    <button
      type="button"
      className="link min-h-11 text-left font-normal"
      onClick={() => change({ tab: null, span: 'day', at: day, by: null })}
    >
      {children}
    </button>
  );
}
