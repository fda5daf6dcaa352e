import { expect, register, test } from './support';

test('a meter and a site made by mistake are deleted; a site with meters says why not', async ({
  page,
}) => {
  await register(page);
  await page.goto('/meters/');
  await page.getByRole('button', { name: 'Add a site' }).click();
  await page.getByLabel('Name').fill('Shed');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const shed = page.getByRole('region', { name: 'Shed' });
  await shed.getByRole('button', { name: 'Add a meter' }).click();
  await page.getByLabel('Name').fill('Pump');
  await page.getByRole('button', { name: 'Save', exact: true }).click();

  await page.getByRole('button', { name: 'Edit site: Shed' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(dialog.getByRole('alert')).toContainText('This site has meters');
  await dialog.getByRole('button', { name: 'Cancel' }).click();

  await shed.getByRole('link', { name: /Pump/ }).first().click();
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(page).toHaveURL(/\/meters\/$/);
  await expect(page.getByText('Pump is deleted.')).toBeVisible();

  await page.getByRole('button', { name: 'Edit site: Shed' }).click();
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(shed).toHaveCount(0);
});
