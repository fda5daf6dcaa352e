import { addRecord, expect, register, test } from './support';

/** What TypeScript's library does not know yet. */
type LayoutShift = { value: number; hadRecentInput: boolean };

test('a page asks for nothing but what it shows until a hand comes near a link', async ({
  page,
}) => {
  await register(page);
  await addRecord(page, '8', '2026-11-02');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.goto('/dashboard/');
  await expect(page.locator('canvas').first()).toBeVisible();
  await page.waitForLoadState('networkidle');
  const others = asked.filter((path) => !/^\/(api|_next)\/|^\/(dashboard\/|icon\.svg)$/.test(path));
  expect(others).toEqual([]);

  const meters = page.getByRole('link', { name: 'Meters', exact: true }).first();
  const fetched = page.waitForRequest(/\/meters\/__next\./);
  await meters.hover();
  await fetched;
});

test('the code of a page does not wait for who is signed in', async ({ page }) => {
  await register(page);
  await addRecord(page, '8', '2026-11-02');
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let refreshes = 0;
  await page.route(/\/api\/auth\/refresh/, async (route) => {
    refreshes += 1;
    await held;
    return route.continue();
  });
  let scripts = 0;
  page.on('request', (request) => {
    if (request.resourceType() === 'script') scripts += 1;
  });
  await page.goto('/dashboard/');
  await expect.poll(() => refreshes).toBe(1);
  let known = -1;
  while (known !== scripts) {
    known = scripts;
    await page.waitForTimeout(1000);
  }
  const figures = page.waitForRequest(/\/api\/consumption\/analytics/);
  release();
  await figures;
  expect(scripts).toBe(known);
  expect(refreshes).toBe(1);
});

test('nothing moves while a page comes over a slow line', async ({ page, context }) => {
  test.setTimeout(240_000);
  await page.setViewportSize({ width: 412, height: 823 });
  await register(page);
  await addRecord(page, '8', '2026-11-02');
  await page.goto('/consumption/');
  const edit = await page.getByRole('link', { name: /^Edit:/ }).getAttribute('href');
  await page.goto('/meters/');
  // A second meter of the same kind gives the forms one field more.
  await page.getByRole('button', { name: 'Add a meter' }).first().click();
  await page.getByLabel('Name').fill('Cellar');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByRole('dialog')).toBeHidden();
  const meter = await page.locator('a[href*="/meters/view/"]').first().getAttribute('href');

  await page.addInitScript(() => {
    const seen = window as unknown as { shift: number };
    seen.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { value, hadRecentInput } = entry as PerformanceEntry & LayoutShift;
        if (!hadRecentInput) seen.shift += value;
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  const line = await context.newCDPSession(page);
  await line.send('Network.enable');
  await line.send('Network.setCacheDisabled', { cacheDisabled: true });
  const speed = { downloadThroughput: 250_000, uploadThroughput: 100_000 };
  await line.send('Network.emulateNetworkConditions', { offline: false, latency: 120, ...speed });
  const inside = ['/dashboard/', '/consumption/', '/consumption/add/', edit ?? ''];
  const more = ['/import/', '/meters/', meter ?? '', '/settings/', '/no-such-page'];
  for (const path of [...inside, ...more]) {
    await page.goto(path);
    await page.waitForLoadState('networkidle');
    await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
    const shift = await page.evaluate(() => (window as unknown as { shift: number }).shift);
    expect(shift, path).toBeLessThanOrEqual(0.02);
  }
});
