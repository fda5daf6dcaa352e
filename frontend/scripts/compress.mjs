/**
 * Writes a Brotli and a gzip copy beside each text file of the export, for the server to send.
 * Run after every build.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const OUT = fileURLToPath(new URL('../out/', import.meta.url));
const TEXT = new Set(['.html', '.js', '.css', '.svg', '.json', '.txt', '.webmanifest', '.xml']);
const SMALLEST = 256;

const files = readdirSync(OUT, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && TEXT.has(extname(entry.name)) && entry.name !== 'csp.json')
  .map((entry) => join(entry.parentPath, entry.name));

let packed = 0;
for (const file of files) {
  const data = readFileSync(file);
  if (data.length < SMALLEST) continue;
  const quality = { [constants.BROTLI_PARAM_QUALITY]: 9 };
  writeFileSync(`${file}.br`, brotliCompressSync(data, { params: quality }));
  writeFileSync(`${file}.gz`, gzipSync(data, { level: 9 }));
  packed += 1;
}
process.stdout.write(`out: ${packed} files compressed\n`);
