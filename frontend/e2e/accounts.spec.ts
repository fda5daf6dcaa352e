import { addRecord, expect, PASSWORD, register, test } from './support';

test('a second account is apart from the first, and all tabs follow into it', async ({
  page,
  context,
}) => {
  await register(page);
  await addRecord(page, '8', '2026-11-02');
  const other = await context.newPage();
  await other.goto('/consumption/');
  await expect(other.getByRole('button', { name: '8 kWh' })).toBeVisible();

  await page
    .getByRole('button', { name: /^Account:/ })
    .first()
    .click();
  await page.getByRole('button', { name: 'New account' }).click();
  const dialog = page.getByRole('dialog', { name: 'New account' });
  await dialog.getByLabel('Account name').fill('Beach house');
  await dialog.getByRole('button', { name: 'Create' }).click();
  for (const tab of [page, other]) {
    await expect(tab.getByRole('button', { name: 'Account: Beach house' }).first()).toBeVisible();
    await expect(
      tab.getByRole('heading', { name: 'Get your first number on screen' }),
    ).toBeVisible();
    await expect(tab).toHaveURL(/\/dashboard\/$/);
  }
  await other.reload();
  await expect(other.getByRole('button', { name: 'Account: Beach house' }).first()).toBeVisible();

  await other.getByRole('button', { name: 'Account: Beach house' }).first().click();
  await other.getByRole('button', { name: /e2e.*Owner/ }).click();
  await expect(page.getByRole('button', { name: /^Account: e2e/ }).first()).toBeVisible();
  await page.goto('/consumption/');
  await expect(page.getByRole('button', { name: '8 kWh' })).toBeVisible();
});

test('members are added, given a role, removed and brought back', async ({ page, browser }) => {
  const guest = await browser.newPage();
  const name = await register(guest);
  await guest.close();
  await register(page);
  await page.goto('/settings/');
  await page.getByLabel('E-mail or user name').fill('nobody-of-this-name');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(page.getByLabel('E-mail or user name')).toHaveAttribute('aria-invalid', 'true');
  await page.getByLabel('E-mail or user name').fill(name);
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const role = page.getByRole('combobox', { name: `Role of ${name}` });
  await expect(role).toHaveValue('viewer');
  await role.selectOption('editor');
  await expect(page.getByText(`${name}: Editor.`)).toBeVisible();
  await page.getByRole('button', { name: `Remove ${name}` }).click();
  await expect(role).toBeHidden();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(role).toHaveValue('editor');
});

test('logging out keeps the appearance and the language, and nothing else', async ({ page }) => {
  const name = await register(page);
  await page.goto('/settings/');
  await page.getByRole('radio', { name: 'Dark' }).click();
  await page.getByLabel('Language and formats').selectOption('es-ES');
  await expect(page.getByRole('heading', { name: 'Ajustes' })).toBeVisible();
  await page.getByRole('main').getByRole('button', { name: 'Salir', exact: true }).click();
  await expect(page).toHaveURL(/\/login\//);
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(page.locator('html')).toHaveAttribute('lang', 'es-ES');
  expect(await page.evaluate(() => Object.keys(localStorage))).toEqual(['consumo.preferences']);
  await page.getByLabel('Correo o nombre de usuario').fill(name);
  await page.getByLabel('Contraseña', { exact: true }).fill(`${PASSWORD} no`);
  await page.getByRole('button', { name: 'Entrar' }).click();
  await expect(page.getByRole('alert')).not.toContainText(/password/i);
});
