import { expect, test as base, type Page, type Request } from '@playwright/test';

export const PASSWORD = 'correct horse battery staple';

let count = 0;
export const newName = (): string => `e2e-${Date.now().toString(36)}-${(count += 1)}`;

type Window_ = Window & { tellViolation: (text: string) => void };

/** All that a page of this origin can keep, as one text. */
async function everythingStored(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const databases = await indexedDB.databases();
    const caches_ = await caches.keys();
    const parts = [{ ...localStorage }, { ...sessionStorage }, document.cookie, databases, caches_];
    return JSON.stringify(parts);
  });
}

/** Remembers the tokens that requests carry, to look for them where none may be. */
function watchTokens(page: Page): Set<string> {
  const tokens = new Set<string>();
  page.on('request', (request) => {
    const [, token] = (request.headers().authorization ?? '').split(' ');
    if (token) tokens.add(token);
  });
  return tokens;
}

const isOwn = (request: Request, origin: string): boolean =>
  /^(data|blob|about):/.test(request.url()) || new URL(request.url()).origin === origin;

/**
 * A page that fails its test when it breaks a rule of the content security policy, asks anyone but
 * its own server for anything, or leaves a token in a storage.
 */
export const test = base.extend<{ page: Page }>({
  page: async ({ page, baseURL }, provide) => {
    const violations: string[] = [];
    await page.exposeFunction('tellViolation', (text: string) => violations.push(text));
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        const { tellViolation } = window as unknown as Window_;
        tellViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
      });
    });
    const strangers: string[] = [];
    const origin = new URL(baseURL ?? '').origin;
    page.on('request', (request) => {
      if (!isOwn(request, origin)) strangers.push(request.url());
    });
    const tokens = watchTokens(page);
    await provide(page);
    expect(violations).toEqual([]);
    expect(strangers).toEqual([]);
    const stored = page.isClosed() ? '' : await everythingStored(page);
    expect([...tokens].filter((token) => stored.includes(token))).toEqual([]);
  },
});

export async function register(page: Page): Promise<string> {
  const name = newName();
  await page.goto('/register/');
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('E-mail').fill(`${name}@example.org`);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create an account' }).click();
  await expect(page).toHaveURL(/\/dashboard\//);
  return name;
}

export async function openDemo(page: Page): Promise<void> {
  await page.goto('/');
  await page.getByRole('button', { name: /Try the demo|Probar la demo/ }).click();
  await expect(page).toHaveURL(/\/dashboard\//);
}

export async function addRecord(page: Page, amount: string, day: string): Promise<void> {
  await page.goto('/consumption/add/');
  await page.getByRole('textbox', { name: 'Amount' }).fill(amount);
  await page.getByLabel('Day', { exact: true }).fill(day);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page).toHaveURL(/\/dashboard\//);
}

const DAYS = 365;

/** A new meter in Madrid with a year of quarter-hours up to the end of October 2026. */
export async function meterOfAYear(page: Page): Promise<number> {
  return page.evaluate(async (days) => {
    const post = async (path: string, body: object, token = ''): Promise<{ id: number }> => {
      const headers = {
        'Content-Type': 'application/json',
        'X-Requested-With': 'consumo',
        ...(token && { Authorization: `Bearer ${token}` }),
      };
      const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(await answer.text());
      return (await answer.json()) as { id: number };
    };
    const session = await post('/api/auth/refresh', {});
    const { access_token: token } = session as unknown as { access_token: string };
    const meter = { name: 'Cellar', consumption_type: 'electricity', source: 'intervals' };
    const { id } = await post('/api/meters', meter, token);
    for (let day = 0; day < days; day += 73) {
      await post(
        `/api/meters/${id}/intervals`,
        {
          start: new Date(Date.UTC(2025, 10, 1 + day, -1)).toISOString(),
          step_seconds: 900,
          unit: 'kWh',
          amounts: Array.from({ length: 73 * 96 }, (_, index) => (index % 96) / 100),
        },
        token,
      );
    }
    return id;
  }, DAYS);
}

export { expect };
