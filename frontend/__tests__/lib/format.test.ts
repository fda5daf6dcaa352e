import { createFormat, parseAmount } from '@/lib/format';

const english = createFormat('en-GB', 'Europe/Madrid');
const spanish = createFormat('es-ES', 'Europe/Madrid');

test.each([
  [0, '0'],
  [0.4127, '0.413'],
  [7.921, '7.92'],
  [214.64, '214.6'],
  [4116.4, '4,116'],
])('%d is read as %s', (amount, shown) => {
  expect(english.number(amount)).toBe(shown);
});

test('Spanish marks thousands also in four digits, and decimals by a comma', () => {
  expect(spanish.number(4116)).toBe('4.116');
  expect(spanish.exact(12.5)).toBe('12,5');
});

test('a record shows what was typed', () => {
  expect(english.exact(1234.5678)).toBe('1,234.5678');
});

test('a change is said without its sign, finer when it is small', () => {
  expect(english.percent(-3.42)).toBe('3.4%');
  expect(english.percent(28.9)).toBe('29%');
});

test('days are days of the site, whatever the zone of the machine', () => {
  expect(english.day('2026-11-01')).toBe('1 Nov 2026');
  expect(spanish.day('2026-11-01', 'month')).toBe('noviembre de 2026');
  expect(english.range('2026-11-03', '2026-11-03')).toBe('3 Nov 2026');
});

test('moments are told in the zone of the site', () => {
  expect(english.moment('2026-11-01T23:30:00Z')).toContain('2 Nov 2026');
});

test.each([
  ['12.5', 'en-GB', 12.5],
  ['12,5', 'es-ES', 12.5],
  ['12.5', 'es-ES', 12.5],
  ['1,234.5', 'en-GB', 1234.5],
  ['1.234,5', 'es-ES', 1234.5],
  ['1.234', 'es-ES', 1234],
  ['1 234,5', 'es-ES', 1234.5],
  ['.5', 'en-GB', 0.5],
  ['', 'en-GB', null],
  ['12,5', 'en-GB', null],
  ['1e5', 'en-GB', null],
  ['-3', 'en-GB', null],
  ['12.3.4', 'en-GB', null],
])('%s in %s is %p', (typed, locale, expected) => {
  expect(parseAmount(typed, locale)).toBe(expected);
});
