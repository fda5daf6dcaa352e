import { loadTexts, textsOf, warningSentence } from '@/i18n';
import { appEn } from '@/i18n/app.en';
import { baseEn } from '@/i18n/base.en';
import { es } from '@/i18n/es';
import { lookEn } from '@/i18n/look.en';
import { meterDataEn } from '@/i18n/meter-data.en';
import { readsEn } from '@/i18n/reads.en';

const en = { ...baseEn, ...appEn, look: lookEn, meterData: meterDataEn, reads: readsEn };

function leaves(texts: object, path = ''): [string, unknown][] {
  return Object.entries(texts).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null
      ? leaves(value, `${path}.${key}`)
      : [[`${path}.${key}`, value] as [string, unknown]],
  );
}

test('Spanish has every text that English has, and no other', () => {
  const paths = (texts: object) => leaves(texts).map(([path]) => path);
  expect(paths(es).sort()).toEqual(paths(en).sort());
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

test('a language that is asked for is there whole afterwards', async () => {
  expect(textsOf('es')).toBeUndefined();
  expect(await loadTexts('es')).toBe(es);
  expect(textsOf('es')).toBe(es);
});

test('common remarks of a dry run are said in Spanish, others are known to be English', async () => {
  await loadTexts('es');
  expect(warningSentence('es', '2026-03-29 has 23 hours: the clocks change')).toBe(
    '2026-03-29 tiene 23 horas: cambia la hora',
  );
  expect(warningSentence('es', '1,024 ignored: blank lines')).toBe(
    '1,024 omitidas: líneas en blanco',
  );
  expect(warningSentence('es', 'Something rare')).toBeNull();
  expect(warningSentence('en', 'Something rare')).toBe('Something rare');
});
