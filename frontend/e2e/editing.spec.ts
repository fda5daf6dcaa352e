import { addRecord, expect, register, test } from './support';

test.beforeEach(async ({ page }) => {
  await register(page);
  await addRecord(page, '8', '2026-11-02');
});

test('a cell is edited as in a spreadsheet, and Escape gives the old value back', async ({
  page,
}) => {
  await page.goto('/consumption/');
  const cell = page.getByRole('button', { name: '8 kWh' });
  await cell.focus();
  await page.keyboard.press('F2');
  await page.keyboard.type('99');
  await page.keyboard.press('Escape');
  await expect(cell).toBeFocused();
  await cell.dblclick();
  await page.keyboard.type('9.25');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: '9.25 kWh' })).toBeVisible();
});

test('what is deleted comes back with undo', async ({ page }) => {
  await page.goto('/consumption/');
  await page.getByRole('checkbox', { name: /Select Electricity/ }).check();
  await page
    .getByRole('region', { name: /selected/ })
    .getByRole('button', { name: 'Delete' })
    .click();
  await expect(page.getByText('No records yet')).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('button', { name: '8 kWh' })).toBeVisible();
});

test('a stale edit shows both versions and lets the person choose', async ({ page, context }) => {
  await page.goto('/consumption/');
  const link = page.getByRole('link', { name: /^Edit:/ });
  const address = (await link.getAttribute('href')) ?? '';
  await page.goto(address);
  await expect(page.getByRole('textbox', { name: 'Amount' })).toHaveValue('8');
  const other = await context.newPage();
  await other.goto(address);
  await other.getByRole('textbox', { name: 'Amount' }).fill('20');
  await other.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(other).toHaveURL(/\/consumption\/$/);
  await page.getByRole('textbox', { name: 'Amount' }).fill('30');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('30 kWh');
  await expect(dialog).toContainText('20 kWh');
  await dialog.getByRole('button', { name: 'Keep mine' }).click();
  await expect(page.getByRole('button', { name: '30 kWh' })).toBeVisible();
});

test('offline while saving: nothing is lost, and it is saved once afterwards', async ({
  page,
  context,
}) => {
  await page.goto('/consumption/add/');
  await page.getByRole('textbox', { name: 'Amount' }).fill('5');
  await context.setOffline(true);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Not saved: there is no connection.')).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Amount' })).toHaveValue('5');
  await context.setOffline(false);
  await page.getByRole('button', { name: 'Save', exact: true }).dblclick();
  await expect(page).toHaveURL(/\/dashboard\//);
  await page.goto('/consumption/');
  await expect(page.getByText('1–2 of 2')).toBeVisible();
});

test('filters live in the address and walk back', async ({ page }) => {
  await page.goto('/consumption/');
  await page.getByLabel('Utility').selectOption('water');
  await expect(page).toHaveURL(/consumption_type=water/);
  await expect(page.getByText('Nothing matches these filters')).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('button', { name: '8 kWh' })).toBeVisible();
});
