import { describe, expect, it } from 'vitest';
import { nextCronFiring } from './cron.ts';

const START_MS = Date.UTC(2026, 0, 1);
const END_MS = Date.UTC(2028, 0, 1);
const DAY_MS = 24 * 60 * 60 * 1000;

/** Days of two years, by the clock of the place, on which a schedule does not fire exactly once. */
function oddDays(pattern: string, timezone: string): string[] {
  const { format } = new Intl.DateTimeFormat('sv', { timeZone: timezone, dateStyle: 'short' });
  const firings = new Map<string, number>();
  for (let day = START_MS; day < END_MS; day += DAY_MS) firings.set(format(day), 0);
  // The last day of the year before, where the place is behind UTC, is not over.
  let afterMs = START_MS - DAY_MS;
  for (;;) {
    afterMs = nextCronFiring({ pattern, timezone }, afterMs);
    const day = format(afterMs);
    if (afterMs > END_MS + DAY_MS) break;
    const count = firings.get(day);
    if (count !== undefined) firings.set(day, count + 1);
  }
  return [...firings].filter(([, count]) => count !== 1).map(([day, count]) => `${day}: ${count}`);
}

describe('model/cron', () => {
  it.each([
    ['0 0 * * *', 'Africa/Cairo'],
    ['30 0 * * *', 'Africa/Cairo'],
    ['0 0 * * *', 'Asia/Beirut'],
    ['0 0 * * *', 'America/Havana'],
    ['30 0 * * *', 'America/Havana'],
    ['0 0 * * *', 'America/Santiago'],
    ['0 0 * * *', 'Atlantic/Azores'],
    ['15 2 * * *', 'Australia/Lord_Howe'],
    ['45 1 * * *', 'Australia/Lord_Howe'],
    ['30 2 * * *', 'Europe/Berlin'],
    ['15 2 * * *', 'Antarctica/Troll'],
  ])('fires %s once on every day of two years in %s', (pattern, timezone) => {
    expect(oddDays(pattern, timezone)).toEqual([]);
  });

  it.each([
    {
      which: 'as much later as clocks jump',
      schedule: { pattern: '30 2 * * *', timezone: 'Europe/Berlin' },
      after: '2026-03-29T00:59:59.000Z',
      next: '2026-03-29T01:30:00.000Z',
    },
    {
      which: 'where clocks jump by half an hour',
      schedule: { pattern: '15 2 * * *', timezone: 'Australia/Lord_Howe' },
      after: '2026-10-03T15:00:00.000Z',
      next: '2026-10-03T15:45:00.000Z',
    },
    {
      which: 'where clocks jump over midnight',
      schedule: { pattern: '30 23 * * *', timezone: 'America/Nuuk' },
      after: '2026-03-28T12:00:00.000Z',
      next: '2026-03-29T01:30:00.000Z',
    },
    {
      which: 'in UTC where no zone is given',
      schedule: { pattern: '0 12 * * *' },
      after: '2026-03-29T11:59:59.999Z',
      next: '2026-03-29T12:00:00.000Z',
    },
  ])('fires $which', ({ schedule, after, next }) => {
    expect(new Date(nextCronFiring(schedule, Date.parse(after))).toISOString()).toBe(next);
  });

  it('keeps firing every hour while clocks are put back', () => {
    const hourly = { pattern: '0 * * * *', timezone: 'Europe/Berlin' };
    let atMs = Date.parse('2026-10-24T23:00:00Z');
    for (let hour = 0; hour < 4; hour++) {
      const nextMs = nextCronFiring(hourly, atMs);
      expect(nextMs - atMs).toBe(DAY_MS / 24);
      atMs = nextMs;
    }
  });

  it.each([
    ['30 2 * * *', 'Europe/Berlin', '2026-03-29T01:00:00Z'],
    ['30 2 * * *', 'Europe/Berlin', '2026-10-25T01:00:00Z'],
    ['*/20 2 * * 0', 'Europe/Berlin', '2026-10-25T01:00:00Z'],
    ['15 * * * *', 'Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
    ['45 1 * * *', 'Australia/Lord_Howe', '2026-10-03T15:30:00Z'],
    ['0 0 * * *', 'America/Santiago', '2026-09-06T04:00:00Z'],
    ['15 2 * * *', 'Antarctica/Troll', '2026-03-29T01:00:00Z'],
  ])('fires %s in %s at the same times whenever it is asked about %s', (pattern, timezone, change) => {
    const [from = 0, to = 0] = [-4, 4].map((hours) => Date.parse(change) + (hours * DAY_MS) / 24);
    const firings = [nextCronFiring({ pattern, timezone }, from)];
    for (let last = firings[0] ?? to; last <= to; last = firings.at(-1) ?? to)
      firings.push(nextCronFiring({ pattern, timezone }, last));
    for (let ms = from; ms < to; ms += DAY_MS / 48)
      expect(nextCronFiring({ pattern, timezone }, ms)).toBe(firings.find((firing) => firing > ms));
  });

  it.each(['99 * * * *', '0 0 30 2 *', 'never'])('refuses %s', (pattern) => {
    expect(() => nextCronFiring({ pattern, timezone: 'Australia/Lord_Howe' }, START_MS)).toThrow(/\S/);
  });
});
