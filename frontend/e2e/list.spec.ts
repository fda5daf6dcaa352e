import { addRecord, expect, register, test } from './support';

test('many records are changed at once, honestly about those that cannot be, and undone', async ({
  page,
}) => {
  await register(page);
  for (const [amount, day] of [
    ['3', '2026-11-01'],
    ['4', '2026-11-02'],
    ['5', '2026-11-03'],
  ] as const) {
    await addRecord(page, amount, day);
  }
  await page.goto('/consumption/');
  await page.getByRole('checkbox', { name: /Select Electricity, 3 Nov/ }).click();
  await page
    .getByRole('checkbox', { name: /Select Electricity, 1 Nov/ })
    .click({ modifiers: ['Shift'] });
  const bar = page.getByRole('region', { name: '3 records selected' });
  await expect(bar).toContainText('Electricity 12 kWh');
  await bar.getByRole('button', { name: 'Edit…' }).click();

  // Another window changes one of them meanwhile.
  const other = await page.context().newPage();
  await other.goto('/consumption/');
  await other.getByRole('button', { name: '4 kWh' }).dblclick();
  await other.getByRole('textbox', { name: 'Amount (kWh)' }).fill('4.5');
  await other.keyboard.press('Enter');
  await expect(other.getByRole('button', { name: '4.5 kWh' })).toBeVisible();
  await other.close();

  const dialog = page.getByRole('dialog', { name: 'Edit 3 records' });
  await dialog.getByLabel('Move the dates by days').fill('-10');
  await dialog.getByLabel('Replace the note').check();
  await dialog.getByLabel('Note', { exact: true }).fill('moved');
  await dialog.getByRole('button', { name: 'Change' }).click();
  await expect(dialog.getByText('2 records changed.')).toBeVisible();
  await expect(dialog.getByRole('listitem')).toContainText(/2 Nov 2026.*version 2/);
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await expect(page.getByRole('row', { name: /24 Oct 2026.*moved/ })).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('row', { name: /3 Nov 2026/ })).toBeVisible();
  await expect(page.getByRole('row', { name: /moved/ })).toHaveCount(0);
});

test('undoing a delete brings the same record back, not a copy', async ({ page }) => {
  await register(page);
  await addRecord(page, '8', '2026-11-02');
  await page.goto('/consumption/');
  const edit = page.getByRole('link', { name: /^Edit: Electricity/ });
  const address = await edit.getAttribute('href');
  await page.getByRole('button', { name: /^Delete: Electricity/ }).click();
  await expect(edit).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(edit).toHaveAttribute('href', address ?? '');
});
