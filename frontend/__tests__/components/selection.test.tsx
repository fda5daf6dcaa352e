import { act, renderHook } from '@testing-library/react';

import { useSelection } from '@/components/consumption/use-selection';

import { record } from '../setup/fixtures';

const shown = [1, 2, 3, 4, 5].map((id) => ({ ...record, id }));
const at = (index: number) => shown[index] ?? record;

test('with Shift everything from the last one touched is selected', () => {
  const { result } = renderHook(() => useSelection());
  act(() => result.current.toggle(at(1), false, shown));
  act(() => result.current.toggle(at(3), true, shown));
  expect([...result.current.selection.keys()].sort()).toEqual([2, 3, 4]);
});

test('all on screen are selected, then none', () => {
  const { result } = renderHook(() => useSelection());
  act(() => result.current.toggleAll(shown));
  expect(result.current.selection.size).toBe(5);
  act(() => result.current.toggleAll(shown));
  expect(result.current.selection.size).toBe(0);
});
