import type { Page } from '@playwright/test';

import { expect, openDemo, test } from './support';

/** The main chart: another drawing below it shows the hours. */
const chartOf = (page: Page) =>
  page.getByRole('application', { name: / by (day|week|month|quarter|year)/ });

test('from the years down to a day by keyboard, and back by the back button', async ({ page }) => {
  await openDemo(page);
  await page.goto('/dashboard/?span=year&at=2026-06-01');
  const chart = chartOf(page);
  await expect(chartOf(page).locator('canvas')).toBeVisible();
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
  const canvas = chartOf(page).locator('canvas');
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

test('a drag zooms into the bars, a double click or the back button shows the whole', async ({
  page,
}) => {
  await openDemo(page);
  await page.goto('/dashboard/?span=year&at=2025-06-01');
  const chart = chartOf(page);
  await expect(chartOf(page).locator('canvas')).toBeVisible();
  const box = await chart.boundingBox();
  if (!box) throw new Error('the chart has no place');
  const drag = async (from: number, to: number) => {
    await page.mouse.move(box.x + box.width * from, box.y + box.height * 0.4);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * to, box.y + box.height * 0.4, { steps: 5 });
    await page.mouse.up();
  };
  await drag(0.3, 0.6);
  await expect(page).toHaveURL(/from=2025-0[345]-01&to=2025-0[678]-3[01]/);
  await expect(page.getByLabel('From', { exact: true })).toHaveValue(/2025-0[345]-01/);
  await expect(page.getByRole('button', { name: 'All of 2025' })).toBeVisible();

  const zoomed = page.url();
  await page.keyboard.down('Shift');
  await drag(0.7, 0.4);
  await page.keyboard.up('Shift');
  await expect(page).not.toHaveURL(zoomed);
  await page.goBack();
  await expect(page).toHaveURL(zoomed);
  await chart.dblclick({ position: { x: box.width / 2, y: box.height * 0.4 } });
  await expect(page).not.toHaveURL(/from=/);
  await expect(page.getByRole('heading', { name: /by month/ })).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(zoomed);
});

test('zoom and pan by keyboard', async ({ page }) => {
  await openDemo(page);
  await page.goto('/dashboard/?span=year&at=2025-06-01');
  await expect(chartOf(page).locator('canvas')).toBeVisible();
  await chartOf(page).focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Shift+ArrowRight');
  await expect(page.getByText('From January 2025 to March 2025')).toBeAttached();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/from=2025-01-01&to=2025-03-31/);
  await page.keyboard.press('PageDown');
  await expect(page).not.toHaveURL(/from=2025-01-01/);
  await page.keyboard.press('Escape');
  await expect(page).not.toHaveURL(/from=/);
});

test('a free range of dates beside the stepper', async ({ page }) => {
  await openDemo(page);
  await page.goto('/dashboard/?at=2025-03-10');
  await page.getByRole('radio', { name: 'Dates' }).click();
  await page.getByLabel('From', { exact: true }).fill('2025-02-10');
  await expect(page).toHaveURL(/from=2025-02-10&to=2025-03-31/);
  await page.getByLabel('To', { exact: true }).fill('2025-02-19');
  await expect(page).toHaveURL(/from=2025-02-10&to=2025-02-19/);
  await expect(page.getByRole('region', { name: 'Totals by utility' })).toContainText('of 10 days');
  await page.getByRole('button', { name: 'Later' }).click();
  await expect(page).toHaveURL(/from=2025-02-20&to=2025-03-01/);
  await page.getByRole('radio', { name: 'Month' }).click();
  await expect(page).not.toHaveURL(/from=/);
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
  await page.getByRole('textbox', { name: 'Amount' }).fill('5');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const told = page.getByRole('main').getByRole('alert');
  await expect(told).toContainText('Nothing was changed');
  await expect(told.getByRole('link', { name: 'Create an account' })).toBeVisible();
  await page.goto('/import/');
  await expect(page.getByText('Nothing is imported in the demo')).toBeVisible();
});

test('the demo shows what is worth a look, and a bar of a day leads to its hours', async ({
  page,
}) => {
  await openDemo(page);
  const look = page.getByRole('region', { name: 'Worth a look' });
  await expect(look.getByText('On average')).toHaveCount(0);
  await expect(page.getByRole('region', { name: 'On average' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'When you use it' })).toBeVisible();
  await page.goto('/dashboard/?at=2025-11-15');
  await expect(look.getByText('Electricity: 2 days incomplete')).toBeVisible();
  const chart = page.getByRole('application', { name: /^Electricity by day/ });
  await chart.focus();
  for (let step = 0; step < 12; step += 1) await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/meters\/view\/\?.*at=2025-11-12/);
  await expect(page.getByText(/kWh in total/)).toBeVisible();
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

test('on paper the figures take the whole width', async ({ page }) => {
  await openDemo(page);
  await page.emulateMedia({ media: 'print' });
  await expect(page.getByRole('navigation', { name: 'Main' }).first()).toBeHidden();
  const cards = page.getByRole('region', { name: 'Totals by utility' });
  await expect(cards).toBeVisible();
  const box = await cards.boundingBox();
  expect(box?.width).toBeGreaterThan(1000);
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
