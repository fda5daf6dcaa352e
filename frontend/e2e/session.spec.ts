import { test as plain, type Page } from '@playwright/test';

import { addRecord, expect, register, test } from './support';

/** Keeps the answer to the first tab until the other one has asked too. */
const bothRefused = (refused: ReadonlySet<Page>): Promise<void> =>
  expect.poll(() => refused.size).toBe(2);

test('two tabs that are refused at once renew the session once, and both go on', async ({
  page,
  context,
}) => {
  await register(page);
  await addRecord(page, '8', '2026-11-02');
  const other = await context.newPage();
  const asked = other.waitForRequest(/\/api\/consumption\?/);
  await other.goto('/dashboard/');
  const { authorization: spent } = await (await asked).allHeaders();
  await expect(other.getByText('Latest records')).toBeVisible();

  const refreshes: number[] = [];
  context.on('response', (response) => {
    if (response.url().includes('/api/auth/refresh')) refreshes.push(response.status());
  });
  // As if the server knew the access token no longer; what comes with the next one goes through.
  const refused = new Set<Page>();
  for (const tab of [page, other]) {
    await tab.route(/\/api\/consumption\?/, async (route) => {
      const { authorization } = await route.request().allHeaders();
      if (authorization !== spent) return route.continue();
      refused.add(tab);
      await bothRefused(refused);
      return route.fulfill({ status: 401, json: { status: 401, detail: 'x', errors: [] } });
    });
  }
  await Promise.all(
    [page, other].map((tab) =>
      tab.getByRole('link', { name: 'Consumption', exact: true }).first().click(),
    ),
  );
  for (const tab of [page, other]) {
    await expect(tab.getByRole('button', { name: '8 kWh' })).toBeVisible();
  }
  expect(refused.size).toBe(2);
  expect(refreshes).toEqual([200]);
});

test('logging out in one tab logs out the other', async ({ page, context }) => {
  await register(page);
  const other = await context.newPage();
  await other.goto('/settings/');
  await expect(other.getByRole('heading', { name: 'Settings' })).toBeVisible();
  await page.getByRole('button', { name: 'Log out' }).first().click();
  await expect(other).toHaveURL(/\/login\//);
});

test('a number can be added with the keyboard alone', async ({ page }) => {
  await register(page);
  await page.goto('/consumption/add/');
  await expect(page.getByRole('textbox', { name: 'Amount' })).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('radio', { name: 'I know the amount' })).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('radio', { name: 'Water' })).toBeChecked();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('textbox', { name: 'Amount' })).toBeFocused();
  await page.keyboard.type('3.5');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/dashboard\//);
  await expect(page.getByRole('button', { name: /Water/ })).toContainText('3.5');
});

plain('the control: without its hashes the policy stops the page', async ({ page }) => {
  const violations: string[] = [];
  await page.exposeFunction('tellViolation', (text: string) => violations.push(text));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const tell = (window as unknown as { tellViolation: (text: string) => void }).tellViolation;
      tell(event.violatedDirective);
    });
  });
  await page.route('**/login/', async (route) => {
    const response = await route.fetch();
    const policy = response.headers()['content-security-policy'] ?? '';
    expect(policy).toContain("'sha256-");
    expect(policy).not.toMatch(/script-src[^;]*unsafe-inline/);
    const headers = {
      ...response.headers(),
      'content-security-policy': policy.replace(/ 'sha256-[^']+'/g, ''),
    };
    await route.fulfill({ response, headers });
  });
  await page.goto('/login/');
  await expect.poll(() => violations.length).toBeGreaterThan(0);
});
