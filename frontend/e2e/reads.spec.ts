import AxeBuilder from '@axe-core/playwright';

import { expect, register, test } from './support';

test('a dial is read, rolls over, is replaced, and a read is deleted and brought back', async ({
  page,
}) => {
  await register(page);
  await page.goto('/meters/');
  await page.getByRole('button', { name: 'Add a meter' }).first().click();
  await page.getByLabel('Name').fill('Cellar');
  await page.getByLabel('How it is fed').selectOption('register');
  await page.getByLabel('Digits before the point').fill('5');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByRole('dialog')).toBeHidden();

  const read = async (value: string, when: string) => {
    await page.goto('/consumption/add/?how=read');
    await page.getByLabel('What the dial shows').fill(value);
    await page.getByLabel('When', { exact: true }).fill(when);
  };
  const save = async () => {
    await page.getByRole('button', { name: 'Save the read' }).click();
    await expect(page).toHaveURL(/\/meters\/view\//);
  };
  await read('4700', '2026-01-01T00:00');
  await save();
  await read('4800', '2026-01-11T00:00');
  await expect(page.getByText('100 kWh in 10 days, that is 10 kWh a day.')).toBeVisible();
  await save();

  await read('4210', '2026-01-21T00:00');
  const alert = page.getByRole('alert').filter({ hasText: 'run backwards' });
  await expect(alert).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((one) => one.id)).toEqual([]);
  await alert.getByRole('button', { name: 'Record the replacement' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('When', { exact: true }).fill('2026-01-15T00:00');
  await dialog.getByLabel('Last value of the old meter').fill('4850');
  await dialog.getByLabel('First value of the new meter').fill('4200');
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('10 kWh in 6 days, that is 1.67 kWh a day.')).toBeVisible();
  await save();

  const tab = page.getByRole('radio', { name: 'Reads' });
  // What is chosen stands in the address, and shows with the next frame.
  await tab.click();
  await expect(tab).toBeChecked();
  const rows = page.getByRole('table', { name: 'Reads' }).getByRole('row');
  await expect(rows).toHaveCount(6);
  await rows
    .nth(1)
    .getByRole('button', { name: /^Delete the read/ })
    .click();
  await expect(rows).toHaveCount(5);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(rows).toHaveCount(6);
  await expect(rows.nth(1)).toContainText('4,210');
});
