/** What the measuring scripts share: the browser, and an account with data to measure on. */
import { chromium } from '@playwright/test';

export const BASE_URL = process.env.BASE_URL ?? 'http://localhost:8000';

const named = process.env.CHROMIUM ?? '/usr/bin/chromium';
/** How Chromium is started; CHROMIUM names another one. */
export const LAUNCH = {
  executablePath: named === 'playwright' ? undefined : named,
  args: ['--headless', '--no-sandbox', '--disable-gpu'],
};
export const launch = () => chromium.launch(LAUNCH);

/**
 * Signs up within the page, so that the browser keeps the cookie, and stores a year of records of
 * three utilities; with `intervals` also a meter with a year of quarter-hours.
 */
export async function signUp(page, { intervals = false } = {}) {
  await page.goto(`${BASE_URL}/login/`);
  return page.evaluate(fill, { intervals, password: 'three unrelated words do' });
}

/** Runs in the page. */
async function fill({ intervals, password }) {
  let token = null;
  const call = async (path, body) => {
    const headers = { 'Content-Type': 'application/json', 'X-Requested-With': 'consumo' };
    if (token) headers.Authorization = `Bearer ${token}`;
    const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const dayMs = 86_400_000;
  const name = `sample-${Date.now().toString(36)}`;
  const who = { username: name, email: `${name}@example.org`, password };
  const account = await call('/api/auth/register', { ...who, time_zone: 'Europe/Madrid' });
  token = account.access_token;
  const create = [];
  for (let day = 0; day < 330; day += 1) {
    const date = new Date(Date.now() - day * dayMs).toISOString().slice(0, 10);
    for (const consumption_type of ['electricity', 'water', 'gas']) {
      create.push({ consumption_type, amount: 5 + ((day * 7) % 13), consumption_date: date });
    }
  }
  const { created } = await call('/api/consumption/batch', { create });
  localStorage.setItem('consumo.was-signed-in', '1');
  const ids = { record: created[0].id, meter: created[0].meter_id, curve: null };
  if (!intervals) return ids;
  const meter = { name: 'Quarter-hours', consumption_type: 'electricity', source: 'intervals' };
  ids.curve = (await call('/api/meters', meter)).id;
  const first = Math.floor(Date.now() / dayMs - 365) * dayMs;
  for (let part = 0; part < 5; part += 1) {
    const start = new Date(first + part * 73 * dayMs).toISOString();
    const amounts = Array.from({ length: 73 * 96 }, (_, index) => {
      const hour = (index / 4) % 24;
      return Number(
        (0.08 + 0.3 * Math.exp(-(((hour - 20) / 3) ** 2)) + (index % 7) / 90).toFixed(4),
      );
    });
    const body = { start, step_seconds: 900, unit: 'kWh', amounts };
    await call(`/api/meters/${ids.curve}/intervals`, body);
  }
  return ids;
}
