/** Prints the JavaScript that each page of the export loads first, gzipped; fails above the budget. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const OUT = fileURLToPath(new URL('../out/', import.meta.url));
const BUDGET_KB = 180;
const SCRIPT = /<script[^>]*\ssrc="([^"]+)"([^>]*)>/g;

const sizes = new Map();
function sizeOf(source) {
  const path = join(OUT, source.split('?')[0]);
  if (!sizes.has(path)) sizes.set(path, gzipSync(readFileSync(path)).length);
  return sizes.get(path);
}

let isOver = false;
for (const entry of readdirSync(OUT, { recursive: true, withFileTypes: true })) {
  if (!entry.name.endsWith('.html')) continue;
  const file = join(entry.parentPath, entry.name);
  const tags = [...readFileSync(file, 'utf8').matchAll(SCRIPT)];
  const sources = new Set(
    tags.filter(([tag]) => !/nomodule/i.test(tag)).map(([, source]) => source),
  );
  const kb = [...sources].reduce((sum, source) => sum + sizeOf(source), 0) / 1024;
  isOver ||= kb > BUDGET_KB;
  process.stdout.write(`${kb.toFixed(1).padStart(7)} KB  ${relative(OUT, file)}\n`);
}
if (isOver) {
  process.stderr.write(`Over the budget of ${BUDGET_KB} KB\n`);
  process.exit(1);
}
