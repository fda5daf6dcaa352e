import { addRecord, expect, register, test } from './support';

test('register, type the first number, see it on the chart', async ({ page }) => {
  await register(page);
  await expect(
    page.getByRole('heading', { name: 'Get your first number on screen' }),
  ).toBeVisible();
  await page.getByRole('link', { name: /Type a number/ }).click();
  await page.getByRole('textbox', { name: 'Amount' }).fill('12.5');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page).toHaveURL(/\/dashboard\//);
  const card = page.getByRole('button', { name: /Electricity/ }).first();
  await expect(card).toContainText('12.5');
  await expect(page.locator('canvas')).toBeVisible();
});

test('a weak password is refused before it is sent', async ({ page }) => {
  await page.goto('/register/');
  await page.getByLabel('Password', { exact: true }).fill('passwordpassword');
  await expect(page.getByText(/guess/)).toBeVisible();
});

test('a reload stays signed in, logging out leaves nothing behind', async ({ page, context }) => {
  await register(page);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(
    'Get your first number on screen',
  );
  const stored = await page.evaluate(async () => ({
    local: JSON.stringify({ ...localStorage }),
    session: JSON.stringify({ ...sessionStorage }),
    databases: (await indexedDB.databases()).length,
  }));
  expect(stored.local + stored.session).not.toMatch(/eyJ|Bearer|token/i);
  expect(stored.databases).toBe(0);
  await page.getByRole('button', { name: 'Log out' }).first().click();
  await expect(page).toHaveURL(/\/login\//);
  expect((await context.cookies()).filter((cookie) => /refresh/.test(cookie.name))).toEqual([]);
  await page.goto('/dashboard/');
  await expect(page).toHaveURL(/\/login\/\?next=/);
});

test("another account's record is not there", async ({ page, browser }) => {
  await register(page);
  await addRecord(page, '3', '2026-11-01');
  await page.goto('/consumption/');
  const address = await page.getByRole('link', { name: /^Edit:/ }).getAttribute('href');
  const stranger = await (await browser.newContext({ locale: 'en-GB' })).newPage();
  await register(stranger);
  await stranger.goto(address ?? '');
  await expect(stranger.getByText('This record is not here')).toBeVisible();
});
