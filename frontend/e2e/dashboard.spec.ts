import { expect, openDemo, test } from './support';

test('from the years down to a day by keyboard, and back by the back button', async ({ page }) => {
  await openDemo(page);
  await page.goto('/dashboard/?span=year&at=2026-06-01');
  const chart = page.getByRole('application');
  await expect(page.locator('canvas')).toBeVisible();
  await chart.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await expect(page.getByText(/^February 2026\. /)).toBeAttached();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/at=2026-02-01/);
  await expect(page.getByRole('heading', { name: /by day/ })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('heading', { name: /by month/ })).toBeVisible();
});

test('a click on a bar goes down, the breadcrumb goes up', async ({ page }) => {
  await openDemo(page);
  await page.goto('/dashboard/?span=year&at=2026-06-01');
  const canvas = page.locator('canvas');
  await expect(canvas).toBeVisible();
  const box = await canvas.boundingBox();
  if (!box) throw new Error('the chart has no place');
  await canvas.click({ position: { x: box.width * 0.3, y: box.height * 0.7 } });
  await expect(page).not.toHaveURL(/span=year/);
  await page
    .getByRole('navigation', { name: 'Zoom out' })
    .getByRole('button', { name: '2026', exact: true })
    .click();
  await expect(page).toHaveURL(/span=year/);
});

test('the chart can be read as a table', async ({ page }) => {
  await openDemo(page);
  await page.goto('/dashboard/?span=year&at=2025-06-01');
  await page.getByRole('button', { name: 'Show as a table' }).click();
  await expect(page.getByRole('row', { name: /January 2025/ })).toBeVisible();
});

test('a guest of the demo cannot change anything', async ({ page }) => {
  await openDemo(page);
  await expect(page.getByText('This is the demo').first()).toBeVisible();
  await page.goto('/consumption/add/');
  await page.getByLabel('Amount').fill('5');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByRole('main').getByRole('alert')).toContainText('Nothing was changed');
});

test('a phone has a bar at the bottom and nothing that sticks out', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await openDemo(page);
  for (const path of ['/dashboard/', '/consumption/', '/meters/', '/import/', '/settings/']) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    const over = await page.evaluate(
      () => document.documentElement.scrollWidth - window.innerWidth,
    );
    expect(over, path).toBeLessThanOrEqual(0);
  }
});

test.describe('in Spanish', () => {
  test.use({ locale: 'es-ES' });
  test('texts, numbers and dates follow the browser', async ({ page }) => {
    await openDemo(page);
    await page.goto('/dashboard/?span=year&at=2025-06-01');
    await expect(page.getByRole('heading', { name: 'Resumen', level: 1 })).toBeVisible();
    await expect(page.getByRole('button', { name: /Electricidad/ })).toContainText(/\d\.\d{3}/);
    await expect(page.locator('html')).toHaveAttribute('lang', 'es-ES');
  });
});
