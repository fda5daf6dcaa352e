import { expect, test as base, type Page } from '@playwright/test';

export const PASSWORD = 'correct horse battery staple';

let count = 0;
export const newName = (): string => `e2e-${Date.now().toString(36)}-${(count += 1)}`;

/** A page that fails its test on any broken rule of the content security policy. */
export const test = base.extend<{ page: Page }>({
  page: async ({ page }, provide) => {
    const violations: string[] = [];
    await page.exposeFunction('tellViolation', (text: string) => violations.push(text));
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        const tell = (window as unknown as { tellViolation: (text: string) => void }).tellViolation;
        tell(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
      });
    });
    await provide(page);
    expect(violations).toEqual([]);
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

export { expect };
