import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';

import { addRecord, expect, meterOfAYear, openDemo, register, test } from './support';

const PUBLIC = ['/', '/login/', '/register/', '/no-such-page'];
const PRIVATE = [
  '/dashboard/',
  '/dashboard/?span=years',
  '/dashboard/?from=2026-01-10&to=2026-03-20',
  '/consumption/',
  '/consumption/?per_page=all',
  '/consumption/add/',
  '/consumption/add/?how=read',
  '/consumption/edit/?id=999999999',
  '/meters/',
  '/import/',
  '/settings/',
];

async function findings(page: Page, path: string): Promise<string[]> {
  await page.goto(path);
  await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible();
  await page.waitForLoadState('networkidle');
  return axe(page, path);
}

async function axe(page: Page, path: string): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  return violations.map((one) => `${path}: ${one.id} ${one.nodes[0]?.html.slice(0, 160)}`);
}

async function all(page: Page, pages: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of pages) found.push(...(await findings(page, path)));
  return found;
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`axe finds nothing in ${colorScheme}`, () => {
    test.use({ colorScheme });
    test('on public pages', async ({ page }) => {
      expect(await all(page, PUBLIC)).toEqual([]);
    });
    test('with data', async ({ page }) => {
      test.setTimeout(240_000);
      await openDemo(page);
      expect(await all(page, PRIVATE)).toEqual([]);
    });
    test('with what only one who may write sees', async ({ page }) => {
      test.setTimeout(240_000);
      await register(page);
      await addRecord(page, '8', '2026-11-02');
      await page.goto('/consumption/');
      const edit = page.getByRole('link', { name: /^Edit:/ });
      const address = (await edit.getAttribute('href')) ?? '';
      await page.getByRole('checkbox', { name: /Select Electricity/ }).check();
      await page.getByRole('button', { name: 'Edit…' }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      const found = await axe(page, 'many records at once');
      const meter = `/meters/view/?id=${await meterOfAYear(page)}`;
      const tabs = ['quality', 'imports', 'settings'].map((tab) => `${meter}&tab=${tab}`);
      const days = [`${meter}&span=month`, `${meter}&span=day&at=2026-05-05`];
      found.push(...(await all(page, [address, meter, ...days, ...tabs])));
      await page.getByRole('button', { name: 'Edit', exact: true }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      found.push(...(await axe(page, 'a meter that is edited')));
      await page.goto('/meters/');
      await page.getByRole('button', { name: 'Add a meter' }).first().click();
      await expect(page.getByRole('dialog')).toBeVisible();
      found.push(...(await axe(page, 'a new meter')));
      expect(found).toEqual([]);
    });
    test('when the code of a page does not come', async ({ page }) => {
      await register(page);
      await page.goto('/dashboard/');
      await page.waitForLoadState('networkidle');
      await page.route(/\.js$/, (route) => route.abort());
      await page.getByRole('link', { name: 'Settings', exact: true }).first().click();
      await expect(page.getByRole('heading', { name: 'This page stopped working' })).toBeVisible();
      expect(await axe(page, 'a page that stopped working')).toEqual([]);
    });
    test('empty', async ({ page }) => {
      test.setTimeout(240_000);
      await register(page);
      expect(await all(page, PRIVATE)).toEqual([]);
    });
    test('while everything is loading', async ({ page }) => {
      test.setTimeout(240_000);
      await register(page);
      // Answers that never come: every page stays with its skeletons.
      await page.route(
        /\/api\/(consumption|meters|sites|imports|accounts|members)/,
        () => undefined,
      );
      const found: string[] = [];
      for (const path of PRIVATE) {
        await page.goto(path);
        await expect(page.getByRole('heading', { level: 1 }).first()).toBeAttached();
        if (!/settings/.test(path)) {
          await expect(page.locator('[aria-busy="true"]').first()).toBeVisible();
        }
        found.push(...(await axe(page, path)));
      }
      expect(found).toEqual([]);
    });
    test('while the session is being opened', async ({ page }) => {
      await register(page);
      await page.route(/\/api\/auth\/refresh/, () => undefined);
      const found: string[] = [];
      for (const path of ['/dashboard/', '/consumption/']) {
        await page.goto(path);
        await expect(page.locator('[aria-busy="true"]').first()).toBeVisible();
        found.push(...(await axe(page, path)));
      }
      expect(found).toEqual([]);
    });
    test('while everything fails', async ({ page }) => {
      test.setTimeout(240_000);
      await register(page);
      await page.route(/\/api\/(consumption|meters|sites|imports)/, (route) =>
        route.fulfill({ status: 422, json: { status: 422, detail: 'No.', errors: [] } }),
      );
      expect(await all(page, PRIVATE)).toEqual([]);
    });
  });
}
