/**
 * Writes out/csp.json: the content security policy of each page of the export, by its path, with
 * the hashes of its inline scripts. Run after every build; --help says no more than this.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const OUT = fileURLToPath(new URL('../out/', import.meta.url));
const INLINE = /<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g;

const pages = readdirSync(OUT, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.html'))
  .map((entry) => relative(OUT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
  .sort();

function policyOf(html) {
  const hashes = [...html.matchAll(INLINE)].map(
    ([, script]) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`,
  );
  return [
    "default-src 'none'",
    ["script-src 'self'", ...new Set(hashes)].join(' '),
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join('; ');
}

const policies = Object.fromEntries(
  pages.map((page) => [
    `/${page.replace(/(^|\/)index\.html$/, '$1')}`,
    policyOf(readFileSync(join(OUT, page), 'utf8')),
  ]),
);
writeFileSync(join(OUT, 'csp.json'), `${JSON.stringify(policies, null, 1)}\n`);
process.stdout.write(`out/csp.json: ${pages.length} pages\n`);
