import { addRecord, expect, register, test } from './support';

test('a page asks for nothing but what it shows until a hand comes near a link', async ({
  page,
}) => {
  await register(page);
  await addRecord(page, '8', '2026-11-02');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.goto('/dashboard/');
  await expect(page.locator('canvas')).toBeVisible();
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
