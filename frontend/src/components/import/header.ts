const HEAD_BYTES = 8_192;
const SEPARATORS = [';', '\t', ',', '|'];

/** The names in a file's first line, as a help to choose from; the server reads for itself. */
export async function headerNames(file: File, separator: string | null): Promise<string[]> {
  const bytes = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  const text = new TextDecoder(encoding).decode(bytes).replace(/^\uFEFF/, '');
  const line =
    text.split(/\r\n|\n|\r/).find((one) => one.trim() !== '' && !/^sep=/i.test(one)) ?? '';
  const mark =
    separator ??
    SEPARATORS.reduce((best, one) => (count(line, one) > count(line, best) ? one : best));
  const names = line.split(mark).map((name) => name.trim().replace(/^"(.*)"$/, '$1'));
  return [...new Set(names.filter(Boolean))];
}

const count = (text: string, mark: string): number => text.split(mark).length;
