import { toCsv } from '@/lib/download';
import { ownPath, paths } from '@/lib/paths';

test.each([
  'https://evil.example',
  '//evil.example',
  '/\\evil.example',
  'javascript:alert(1)',
  null,
])('%p leads to the dashboard', (next) => {
  expect(ownPath(next)).toBe(paths.dashboard());
});

test('an own path is kept with its query', () => {
  expect(ownPath('/consumption/?page=2')).toBe('/consumption/?page=2');
});

const read = (blob: Blob): Promise<string> =>
  new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.readAsText(blob);
  });

test('a text that looks like a formula is harmless in the file', async () => {
  const text = await read(toCsv([['=1+1', 'a "b"', -5, null]]));
  expect(text.replace(/^\uFEFF/, '')).toBe('\'=1+1,"a ""b""",-5,\r\n');
});
