import { fromWall, toWall } from '@/lib/wall-time';

const MADRID = 'Europe/Madrid';

test.each([
  ['2026-01-15T18:00', '2026-01-15T17:00:00.000Z'],
  ['2026-07-15T18:00', '2026-07-15T16:00:00.000Z'],
  // 29 March skips from 02:00 to 03:00
  ['2026-03-29T01:59', '2026-03-29T00:59:00.000Z'],
  ['2026-03-29T02:30', '2026-03-29T01:30:00.000Z'],
  ['2026-03-29T03:00', '2026-03-29T01:00:00.000Z'],
  // 25 October repeats 02:00 to 03:00: the first time
  ['2026-10-25T02:30', '2026-10-25T00:30:00.000Z'],
  ['2026-10-25T03:00', '2026-10-25T02:00:00.000Z'],
])('%s in Madrid is %s', (wall, instant) => {
  expect(fromWall(wall, MADRID)).toBe(instant);
});

test.each(['', '2026-03-01', 'soon', '2026-13-01T00:00'])('%j is no wall time', (text) => {
  expect(fromWall(text, MADRID)).toBeNull();
});

test.each(['Australia/Lord_Howe', 'Asia/Kathmandu', 'America/Santiago', 'UTC'])(
  'a wall time in %s comes back',
  (zone) => {
    for (let hour = 0; hour < 24 * 400; hour += 7) {
      const wall = toWall(new Date(Date.UTC(2025, 11, 1, hour, 12)).toISOString(), zone);
      expect(toWall(fromWall(wall, zone) ?? '', zone)).toBe(wall);
    }
  },
);
