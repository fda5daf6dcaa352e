import { addMonths, countDays, isDay, startOfWeek, todayIn } from '@/lib/days';
import { groupsFor, slide, spansAround, step, rangeOf, shift } from '@/lib/periods';

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

test('a free range takes groupings that fit its length', () => {
  const month = groupsFor({ first: '2026-03-05', last: '2026-04-04' });
  expect(month).toEqual({ groups: ['day', 'week'], usual: 'day' });
  expect(groupsFor({ first: '2024-01-01', last: '2025-12-31' }).usual).toBe('month');
  expect(groupsFor({ first: '2000-01-01', last: '2025-12-31' })).toEqual({
    groups: ['month', 'quarter', 'year'],
    usual: 'year',
  });
});

test('a free range steps by calendar months where it is made of them, else by its days', () => {
  expect(step({ first: '2026-01-01', last: '2026-02-28' }, 1)).toEqual({
    first: '2026-03-01',
    last: '2026-04-30',
  });
  expect(step({ first: '2026-03-05', last: '2026-03-14' }, -1)).toEqual({
    first: '2026-02-23',
    last: '2026-03-04',
  });
});

test('a pan moves by bars and keeps the ends of months', () => {
  expect(slide({ first: '2026-01-01', last: '2026-01-31' }, 'month', 1)).toEqual({
    first: '2026-02-01',
    last: '2026-02-28',
  });
  expect(slide({ first: '2026-01-01', last: '2026-12-31' }, 'quarter', -1)).toEqual({
    first: '2025-10-01',
    last: '2026-09-30',
  });
  expect(slide({ first: '2026-01-05', last: '2026-01-11' }, 'week', 2)).toEqual({
    first: '2026-01-19',
    last: '2026-01-25',
  });
});

test('the way up from a free range leads through the periods that hold it', () => {
  expect(spansAround({ first: '2026-03-05', last: '2026-03-14' })).toEqual([
    'years',
    'year',
    'month',
  ]);
  expect(spansAround({ first: '2025-12-30', last: '2026-01-02' })).toEqual([]);
});
