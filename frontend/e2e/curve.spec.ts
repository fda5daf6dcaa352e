import { expect, meterOfAYear, register, test } from './support';

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

  await register(page);
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
