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

const BASE_URL = process.env.BASE_URL ?? 'http://localhost:8000';
const isDesktop = process.argv.includes('--desktop');
const runs = Number(process.argv.find((one) => one.startsWith('--runs='))?.slice(7) ?? 1);
const only = process.argv.find((one) => one.startsWith('--only='))?.slice(7);
const MARKS = { performance: 0.95, accessibility: 1, 'best-practices': 1, seo: 1 };
const PASSWORD = 'three unrelated words do';

const freePort = () =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

/** Signs up within the page, so that the browser keeps the cookie, and stores a year of records. */
async function signUp(page) {
  await page.goto(`${BASE_URL}/login/`);
  return page.evaluate(async (password) => {
    const call = async (path, body, token) => {
      const headers = { 'Content-Type': 'application/json', 'X-Requested-With': 'consumo' };
      if (token) headers.Authorization = `Bearer ${token}`;
      const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      return answer.json();
    };
    const name = `lighthouse-${Date.now().toString(36)}`;
    const { access_token: token } = await call('/api/auth/register', {
      ...{ username: name, email: `${name}@example.org`, password },
      time_zone: 'Europe/Madrid',
    });
    const create = [];
    for (let day = 0; day < 330; day += 1) {
      const date = new Date(Date.now() - day * 86_400_000).toISOString().slice(0, 10);
      for (const consumption_type of ['electricity', 'water', 'gas']) {
        const amount = 5 + ((day * 7) % 13);
        create.push({ consumption_type, amount, consumption_date: date });
      }
    }
    const { created } = await call('/api/consumption/batch', { create }, token);
    localStorage.setItem('consumo.was-signed-in', '1');
    return { record: created[0].id, meter: created[0].meter_id };
  }, PASSWORD);
}

const port = await freePort();
const profile = mkdtempSync(join(tmpdir(), 'lighthouse-'));
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: executablePath === 'playwright' ? undefined : executablePath,
  args: ['--headless', '--no-sandbox', '--disable-gpu', `--remote-debugging-port=${port}`],
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
