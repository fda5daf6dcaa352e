import AxeBuilder from '@axe-core/playwright';

import { expect, register, test } from './support';

const hours = Array.from({ length: 72 }, (_, index) => {
  const at = new Date(Date.UTC(2026, 2, 2, index)).toISOString().slice(0, 19);
  return `Kitchen,${at}Z,${((index % 24) / 10 + 0.1).toFixed(1)}`;
});
const file = {
  name: 'kitchen.csv',
  mimeType: 'text/csv',
  buffer: Buffer.from(['meter,start,kwh', ...hours, ''].join('\n')),
};

test('intervals of a meter: looked at, imported, taken away as a file, undone', async ({
  page,
}) => {
  await register(page);
  await page.goto('/import/');
  await page.locator('input[type=file]').setInputFiles(file);
  await expect(page.getByRole('heading', { name: 'CSV: 72 values for 1 meter' })).toBeVisible();
  await expect(page.getByText('adds 72').first()).toBeVisible();
  await expect(page.getByTestId('preview-chart').locator('canvas')).toBeVisible();
  const found = await new AxeBuilder({ page }).analyze();
  expect(found.violations).toEqual([]);
  await page.getByRole('button', { name: 'Import 72 values' }).click();
  await expect(page.getByRole('heading', { name: '72 values imported' })).toBeVisible();
  // Intervals alone are figures: the overview is no longer that of the first visit.
  await page.getByRole('link', { name: 'To the overview' }).click();
  await expect(page.getByRole('region', { name: 'Totals by utility' })).toContainText('kWh');
  await page.goBack();
  await page.goto('/meters/');
  await page.getByRole('link', { name: 'Kitchen' }).click();
  await expect(page.getByRole('heading', { name: 'Kitchen', level: 1 })).toBeVisible();
  await page.locator('summary', { hasText: 'Export' }).click();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Green Button (XML)' }).click();
  expect((await download).suggestedFilename()).toMatch(/\.xml$/);
  await page.goto('/import/');
  await page.locator('input[type=file]').setInputFiles(file);
  await expect(page.getByText('There is nothing new in this file.')).toBeVisible();
  await page.getByRole('button', { name: 'Undo the import of kitchen.csv' }).click();
  await expect(page.getByText('undone', { exact: true })).toBeVisible();
  await page.reload();
  await page.locator('input[type=file]').setInputFiles(file);
  await expect(page.getByRole('button', { name: 'Import 72 values' })).toBeVisible();
});

test('an API key is shown once, used, and revoked', async ({ page, request }) => {
  await register(page);
  await page.goto('/settings/');
  await page.getByLabel('What it is for').fill('Script');
  await page.getByLabel('It may').selectOption('read');
  await page.getByRole('button', { name: 'Create a key' }).click();
  const key = await page.getByLabel('API key', { exact: true }).inputValue();
  const headers = { Authorization: `Bearer ${key}` };
  expect((await request.get('/api/meters', { headers })).status()).toBe(200);
  const found = await new AxeBuilder({ page }).analyze();
  expect(found.violations).toEqual([]);
  await page.reload();
  await expect(page.getByRole('button', { name: 'Revoke the key for Script' })).toBeVisible();
  await expect(page.getByText(key)).toHaveCount(0);
  await page.getByRole('button', { name: 'Revoke the key for Script' }).click();
  await page.getByRole('button', { name: 'Revoke', exact: true }).last().click();
  await expect(page.getByText('No keys yet')).toBeVisible();
  expect((await request.get('/api/meters', { headers })).status()).toBe(401);
});
