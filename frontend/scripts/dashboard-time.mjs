/**
 * Time from navigation to the dashboard's figures on screen, and layout shift, for accounts that
 * exist at BASE_URL: node scripts/dashboard-time.mjs [--runs=15] name:password …
 */
import { BASE_URL, launch } from './sample-account.mjs';

const runs = Number(process.argv.find((one) => one.startsWith('--runs='))?.slice(7) ?? 15);
const logins = process.argv.slice(2).filter((one) => one.includes(':'));
const browser = await launch();

/** Runs in the page before anything else: the moment of the frame that shows the first card. */
function watch() {
  window.seen = { figures: 0, shift: 0 };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (!entry.hadRecentInput) window.seen.shift += entry.value;
    }
  }).observe({ type: 'layout-shift', buffered: true });
  const look = () => {
    if (document.querySelector('main button[aria-pressed="true"]')) {
      requestAnimationFrame(() => {
        window.seen.figures = performance.now();
      });
    } else requestAnimationFrame(look);
  };
  look();
}

try {
  process.stdout.write('| account | median | fastest | slowest | CLS |\n|---|---|---|---|---|\n');
  for (const login of logins) {
    const [name, ...password] = login.split(':');
    const page = await (
      await browser.newContext({ viewport: { width: 1280, height: 900 } })
    ).newPage();
    await page.goto(`${BASE_URL}/login/`);
    await page.locator('input[autocomplete="username"]').fill(name);
    await page.locator('input[autocomplete="current-password"]').fill(password.join(':'));
    await page.locator('button[type="submit"]').click();
    await page.waitForURL(/dashboard/);
    await page.addInitScript(watch);
    const times = [];
    let shift = 0;
    for (let run = 0; run < runs; run += 1) {
      await page.goto(`${BASE_URL}/dashboard/`);
      await page.waitForFunction(() => window.seen.figures > 0);
      await page.waitForTimeout(1200);
      const seen = await page.evaluate(() => window.seen);
      times.push(seen.figures);
      shift = Math.max(shift, seen.shift);
    }
    times.sort((a, b) => a - b);
    const ms = (value) => `${value.toFixed(0)} ms`;
    const median = times[Math.floor(times.length / 2)];
    process.stdout.write(
      `| ${name} | ${ms(median)} | ${ms(times[0])} | ${ms(times.at(-1))} | ${shift.toFixed(3)} |\n`,
    );
    await page.context().close();
  }
} finally {
  await browser.close();
}
