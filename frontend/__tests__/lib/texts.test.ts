import { en } from '@/i18n/en';
import { es } from '@/i18n/es';

function leaves(texts: object, path = ''): [string, unknown][] {
  return Object.entries(texts).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null
      ? leaves(value, `${path}.${key}`)
      : [[`${path}.${key}`, value] as [string, unknown]],
  );
}

test('Spanish has every text that English has, and no other', () => {
  expect(leaves(es).map(([path]) => path)).toEqual(leaves(en).map(([path]) => path));
});

// Formats of files have the same names everywhere.
const NAMES = /^\.exports\.kinds\./;

test('no Spanish sentence was left in English', () => {
  const english = new Map(leaves(en));
  const same = leaves(es).filter(
    ([path, text]) =>
      typeof text === 'string' &&
      text.includes(' ') &&
      !NAMES.test(path) &&
      english.get(path) === text,
  );
  expect(same).toEqual([]);
});
