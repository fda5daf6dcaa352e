import { addMonths, countDays, isDay, startOfWeek, todayIn } from '@/lib/days';
import { rangeOf, shift } from '@/lib/periods';

test.each([
  ['week', '2026-11-22', '2026-11-16', '2026-11-22'],
  ['month', '2024-02-10', '2024-02-01', '2024-02-29'],
  ['quarter', '2026-05-31', '2026-04-01', '2026-06-30'],
  ['year', '2026-05-31', '2026-01-01', '2026-12-31'],
  ['years', '2026-05-31', '2017-01-01', '2026-12-31'],
] as const)('the %s around %s is %s to %s', (span, day, first, last) => {
  expect(rangeOf(span, day)).toEqual({ first, last });
});

test('moving goes whole periods, also from the end of a month', () => {
  expect(shift('month', '2026-03-31', -1)).toBe('2026-02-01');
  expect(shift('week', '2026-11-22', 1)).toBe('2026-11-23');
  expect(shift('year', '2024-02-29', 1)).toBe('2025-01-01');
});

test('months keep the day where it exists', () => {
  expect(addMonths('2026-01-31', 1)).toBe('2026-02-28');
});

test('days are counted with both ends, across a change of the clocks', () => {
  expect(countDays('2026-10-01', '2026-10-31')).toBe(31);
});

test('weeks begin on Monday', () => {
  expect(startOfWeek('2026-11-22')).toBe('2026-11-16');
});

test.each(['2026-02-30', '2026-2-1', '', 'today', null])('%p is no day', (text) => {
  expect(isDay(text)).toBe(false);
});

test('today depends on where the site is', () => {
  const moment = new Date('2026-11-21T23:30:00Z');
  expect(todayIn('Europe/Madrid', moment)).toBe('2026-11-22');
  expect(todayIn('America/Bogota', moment)).toBe('2026-11-21');
});
