/**
 * Lighthouse on every page of a running product at BASE_URL, as a phone or with --desktop; --runs=3
 * gives the median run of each page. Prints a table for docs/benchmarks.md and fails below the marks.
 * It registers an account of its own with a year of data. CHROMIUM names another browser.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from '@playwright/test';
import lighthouse, { desktopConfig } from 'lighthouse';
import { computeMedianRun } from 'lighthouse/core/lib/median-run.js';

import { BASE_URL, LAUNCH, signUp } from './sample-account.mjs';

const isDesktop = process.argv.includes('--desktop');
const runs = Number(process.argv.find((one) => one.startsWith('--runs='))?.slice(7) ?? 1);
const only = process.argv.find((one) => one.startsWith('--only='))?.slice(7);
const MARKS = { performance: 0.95, accessibility: 1, 'best-practices': 1, seo: 1 };

const freePort = () =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

const port = await freePort();
const profile = mkdtempSync(join(tmpdir(), 'lighthouse-'));
const browser = await chromium.launchPersistentContext(profile, {
  ...LAUNCH,
  args: [...LAUNCH.args, `--remote-debugging-port=${port}`],
});

async function measure(path) {
  const flags = {
    port,
    output: 'json',
    logLevel: 'error',
    // The session is a cookie; everything else starts cold.
    disableStorageReset: true,
    ignoreStatusCode: true,
    onlyCategories: Object.keys(MARKS),
  };
  const found = [];
  for (let run = 0; run < runs; run += 1) {
    const { lhr } = await lighthouse(
      `${BASE_URL}${path}`,
      flags,
      isDesktop ? desktopConfig : undefined,
    );
    found.push(lhr);
  }
  return computeMedianRun(found);
}

let isShort = false;
const row = (cells) => process.stdout.write(`| ${cells.join(' | ')} |\n`);
function report(path, lhr, marks) {
  const scores = Object.keys(marks).map((id) => lhr.categories[id]?.score ?? 0);
  isShort ||= Object.values(marks).some((mark, index) => scores[index] < mark);
  const of = (id, digits) => lhr.audits[id]?.numericValue?.toFixed(digits) ?? '–';
  row([
    path,
    ...scores.map((score) => Math.round(score * 100)),
    `${of('first-contentful-paint', 0)} ms`,
    `${of('largest-contentful-paint', 0)} ms`,
    `${of('total-blocking-time', 0)} ms`,
    of('cumulative-layout-shift', 3),
  ]);
  for (const id of Object.keys(marks)) {
    if (id === 'performance') continue;
    for (const { id: audit, weight } of lhr.categories[id]?.auditRefs ?? []) {
      const { score, title } = lhr.audits[audit];
      if (weight > 0 && score !== null && score < 1) {
        const seen = JSON.stringify(lhr.audits[audit].details?.items?.[0] ?? '').slice(0, 300);
        process.stderr.write(`${path}: ${audit}: ${title} ${seen}\n`);
      }
    }
  }
}

try {
  row([
    'page',
    'performance',
    'accessibility',
    'best practices',
    'SEO',
    'FCP',
    'LCP',
    'TBT',
    'CLS',
  ]);
  row(Array(9).fill('---'));
  const wanted = (path) => !only || path.startsWith(only);
  for (const path of ['/', '/register/', '/login/'].filter(wanted)) {
    report(path, await measure(path), MARKS);
  }
  // A page that does not exist answers 404, as it must; that alone counts against these two.
  const missing = '/no-such-page';
  if (wanted(missing))
    report(missing, await measure(missing), {
      ...MARKS,
      ...{ 'best-practices': 0, seo: 0 },
    });
  const { record, meter } = await signUp(await browser.newPage());
  const inside = [
    ...['/dashboard/', '/consumption/', '/consumption/add/'],
    `/consumption/edit/?id=${record}`,
    ...['/import/', '/meters/', `/meters/view/?id=${meter}`, '/settings/'],
  ];
  for (const path of inside.filter(wanted)) report(path, await measure(path), MARKS);
} finally {
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
}
process.exitCode = isShort ? 1 : 0;
