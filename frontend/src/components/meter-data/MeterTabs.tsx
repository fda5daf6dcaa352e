import type { ReactNode } from 'react';

import { Segmented } from '@/components/ui/controls';
import { useMeterTexts } from '@/hooks/meter-texts';
import { oneOf, useUrlState } from '@/hooks/url-state';

const TABS = ['usage', 'reads', 'quality', 'imports', 'settings'] as const;
type Tab = (typeof TABS)[number];

/** A meter's views, one at a time and named in the address; one without content has no tab. */
export function MeterTabs({ tabs }: { tabs: Partial<Record<Tab, ReactNode>> }) {
  const t = useMeterTexts();
  const { params, change } = useUrlState();
  const there = TABS.filter((tab) => tabs[tab]);
  const shown = oneOf(params.get('tab'), there, 'usage');
  return (
    <>
      <div className="-mx-1 mb-5 max-w-full overflow-x-auto p-1" data-no-print>
        <Segmented
          label={t.meterData.tabsLabel}
          name="meter-tab"
          value={shown}
          className="w-fit"
          options={there.map((tab) => ({ value: tab, label: t.meterData.tabs[tab] }))}
          onChange={(tab) => change({ tab: tab === 'usage' ? null : tab })}
        />
      </div>
      {tabs[shown]}
    </>
  );
}
