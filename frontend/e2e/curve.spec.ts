import type { Page } from '@playwright/test';

import { expect, register, test } from './support';

const DAYS = 365;

/** A meter in Madrid with a year of quarter-hours up to the end of October 2026. */
async function meterOfAYear(page: Page): Promise<number> {
  await register(page);
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

test('a year of quarter-hours: pointed at without drawing it again, zoomed into, and back', async ({
  page,
}) => {
  await page.addInitScript(() => {
    const counted = window as unknown as { strokes: number };
    counted.strokes = 0;
    const { stroke } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.stroke = function count(...path: unknown[]) {
      counted.strokes += 1;
      Reflect.apply(stroke, this, path);
    };
  });
  const strokes = () => page.evaluate(() => (window as unknown as { strokes: number }).strokes);

  const id = await meterOfAYear(page);
  await page.goto(`/meters/view/?id=${id}`);
  const curve = page.getByRole('application', { name: /^Load curve/ });
  await expect(curve.locator('canvas')).toBeVisible();
  await expect(page.getByText(/35,040 intervals/)).toBeVisible();
  await page.waitForLoadState('networkidle');
  await curve.scrollIntoViewIfNeeded();
  const box = await curve.boundingBox();
  if (!box) throw new Error('the curve has no place');
  const before = await strokes();
  const at = (share: number) => [box.x + box.width * share, box.y + box.height / 2] as const;
  for (const share of [0.4, 0.45, 0.5]) await page.mouse.move(...at(share));
  await expect(curve.getByText(/^mean 0\.\d+ kWh$/)).toBeVisible();
  expect(await strokes()).toBe(before);

  await page.mouse.down();
  await page.mouse.move(...at(0.6), { steps: 4 });
  await page.mouse.up();
  await expect(page).toHaveURL(/from=2026-0\d-\d\d&to=2026-0\d-\d\d/);
  await expect(page.getByText(/35,040 intervals/)).toBeHidden();
  await page.getByRole('button', { name: 'Whole year' }).click();
  await expect(page.getByText(/35,040 intervals/)).toBeVisible();

  await curve.focus();
  await page.keyboard.press('End');
  await expect(page.getByText(/^Sat, 31 Oct 2026, 2\d:\d\d\. mean/)).toBeAttached();
});
