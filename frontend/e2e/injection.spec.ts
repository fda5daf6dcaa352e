import { expect, newName, PASSWORD, test } from './support';

const MARKUP = '<img src=x onerror="window.injected=1"><b>bold</b>';

test('what people write is text on every page', async ({ page, request }) => {
  const name = newName();
  const registered = await request.post('/api/auth/register', {
    data: {
      username: name,
      email: `${name}@example.org`,
      password: PASSWORD,
      first_name: MARKUP,
      last_name: MARKUP,
      token_delivery: 'body',
    },
  });
  const { access_token: token } = await registered.json();
  const headers = { Authorization: `Bearer ${token}` };
  const post = async (path: string, data: object) => {
    const response = await request.post(`/api/${path}`, { data, headers });
    expect(response.status(), path).toBe(201);
    return response.json();
  };
  const site = await post('sites', { name: MARKUP });
  const meter = await post('meters', {
    name: MARKUP,
    consumption_type: 'water',
    site_id: site.id,
    serial_number: MARKUP,
  });
  const record = await post('consumption', {
    consumption_type: 'water',
    meter_id: meter.id,
    amount: 1,
    consumption_date: '2026-03-01',
    description: MARKUP,
  });
  await post('api-keys', { name: MARKUP, scopes: ['read'] });
  await page.goto('/login/');
  await page.getByLabel('E-mail or user name').fill(name);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page).toHaveURL(/\/dashboard\//);
  let shown = 0;
  for (const path of [
    '/dashboard/',
    '/consumption/',
    `/consumption/edit/?id=${record.id}`,
    '/meters/',
    `/meters/view/?id=${meter.id}`,
    '/import/',
    '/settings/',
    `/login/?next=${encodeURIComponent(MARKUP)}`,
    `/consumption/?q=${encodeURIComponent(MARKUP)}`,
  ]) {
    await page.goto(path);
    await page.waitForLoadState('networkidle');
    await expect(page.locator('h1')).toBeVisible();
    shown += await page.getByText('onerror').count();
    expect(await page.locator('img[src="x"]').count(), path).toBe(0);
    expect(await page.evaluate(() => 'injected' in window), path).toBe(false);
  }
  expect(shown).toBeGreaterThan(3);
});

test('a password can be pasted', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('/login/');
  await page.evaluate((text) => navigator.clipboard.writeText(text), PASSWORD);
  const field = page.getByLabel('Password', { exact: true });
  await field.focus();
  await page.keyboard.press('ControlOrMeta+V');
  await expect(field).toHaveValue(PASSWORD);
  await expect(field).toHaveAttribute('type', 'password');
});
