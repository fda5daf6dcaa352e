import { expect, register, test } from './support';

const BAD =
  'Fecha;Consumo kWh;Nota\n01/11/2026;12,5;ok\n32/11/2026;3,1;no such day\n03/11/2026;abc;no number\n';
const GOOD = 'Fecha;Consumo kWh;Nota\n01/11/2026;12,5;ok\n14/11/2026;3,1;a\n15/11/2026;4;b\n';
const csv = (text: string) => ({
  name: 'home.csv',
  mimeType: 'text/csv',
  buffer: Buffer.from(text),
});

test('a CSV with errors, corrected, imported, and undone', async ({ page }) => {
  await register(page);
  await page.goto('/import/');
  const input = page.locator('input[type=file]');
  await input.setInputFiles(csv(BAD));
  // The file alone does not tell 1 November from 11 January, and nothing is guessed.
  const order = page.getByLabel('Dates are written');
  await expect(order).toHaveAttribute('aria-invalid', 'true');
  await order.selectOption('dmy');
  await page.getByRole('button', { name: 'Read again' }).click();
  await expect(page.getByRole('heading', { name: '2 lines cannot be taken' })).toBeVisible();
  await page.getByRole('button', { name: 'Another file' }).click();
  await page.locator('input[type=file]').setInputFiles(csv(GOOD));
  await expect(page.getByText('adds 3').first()).toBeVisible();
  await page.getByRole('button', { name: 'Import 3 lines' }).click();
  await expect(page.getByRole('heading', { name: '3 records imported' })).toBeVisible();
  await page.getByRole('link', { name: 'See the records' }).click();
  await expect(page.getByRole('button', { name: '12.5 kWh' })).toBeVisible();
  await page.goto('/import/');
  await page.getByRole('button', { name: 'Undo the import of home.csv' }).click();
  await expect(page.getByText('undone', { exact: true })).toBeVisible();
  await page.goto('/consumption/');
  await expect(page.getByText('No records yet')).toBeVisible();
});
