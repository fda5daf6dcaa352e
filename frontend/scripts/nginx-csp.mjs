/**
 * Writes csp.map.conf beside out/: the entries of an nginx map from the file that is served to its
 * content security policy, out of out/csp.json. Run after a build.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const policies = Object.entries(JSON.parse(readFileSync(at('out/csp.json'), 'utf8')));
const lines = policies.map(
  ([page, policy]) => `"${page.endsWith('/') ? `${page}index.html` : page}" "${policy}";`,
);
writeFileSync(at('csp.map.conf'), `${lines.join('\n')}\n`);
process.stdout.write(`csp.map.conf: ${lines.length} pages\n`);
