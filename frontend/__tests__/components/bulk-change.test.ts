import { planChange, type BulkChange } from '@/components/consumption/bulk-change';

import { record } from '../setup/fixtures';

const NOTHING: BulkChange = { days: null, type: null, unit: null, meterId: null, note: null };
const LATEST = '2026-11-10';
const plan = (change: Partial<BulkChange>, records = [record]) =>
  planChange(records, { ...NOTHING, ...change }, LATEST);

test('what is not asked for stays as it is', () => {
  const [one] = plan({ note: 'checked' }).changes;
  expect(one?.body).toEqual({
    consumption_type: 'electricity',
    amount: 12.5,
    unit: 'kWh',
    consumption_date: '2026-11-01',
    period_start: null,
    meter_id: 5,
    description: 'checked',
  });
  expect(plan({ note: '' }).changes[0]?.body.description).toBeNull();
});

test('dates move, periods with both ends; not beyond tomorrow', () => {
  const period = { ...record, id: 12, period_start: '2026-10-28' };
  const { changes, unfit } = plan({ days: 7 }, [period]);
  expect(changes[0]?.body).toMatchObject({
    period_start: '2026-11-04',
    consumption_date: '2026-11-08',
  });
  expect(unfit).toEqual([]);
  expect(plan({ days: 20 })).toEqual({ changes: [], unfit: [{ record, why: 'future' }] });
});

test('another utility leaves the meter behind, and needs a unit that it has', () => {
  expect(plan({ type: 'gas' }).changes[0]?.body).toMatchObject({ unit: 'kWh', meter_id: null });
  expect(plan({ type: 'water' }).unfit).toEqual([{ record, why: 'unit' }]);
  expect(plan({ type: 'water', unit: 'm³', meterId: 9 }).changes[0]?.body).toMatchObject({
    consumption_type: 'water',
    unit: 'm³',
    meter_id: 9,
  });
});
