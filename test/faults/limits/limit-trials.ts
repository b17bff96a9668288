import { eventually, startConnectProxy } from '@regfleet/harness';
import type { ClientSettings } from './client.ts';
import { type Counted, clients, LimitedFleet } from './limited-fleet.ts';
import type { RetryAfterForm } from './metered-registry.ts';

/** What each of the registry's buckets takes, in requests. */
const PER_SECOND = 50;
const PROCESSES = 8;
const AT_ONCE = 4;
const GIVEN = { requestsPerSecond: PER_SECOND };

/** One way in which a registry meters those who ask it. */
export interface LimitTrial {
  readonly name: string;
  /** @param seconds - for how long requests are counted, where that is what it takes. */
  play(seconds: number): Promise<LimitFinding>;
}

export interface LimitFinding {
  readonly name: string;
  /** What was counted, in words. */
  readonly counted: string;
  /** What was not as it has to be. */
  readonly problems: readonly string[];
}

interface Usage {
  readonly name: string;
  /** How many requests more than its rate a bucket takes at once. */
  readonly burst: number;
  /** Absent: the rate is given. */
  readonly isFoundOut?: boolean;
  /** Who asks at each address; absent: one account, at one address. */
  readonly addresses?: readonly (string | undefined)[];
  /** Of all that the registry would take in a second. */
  readonly perSecond: number;
  readonly leastUsed: number;
  readonly mostRefused: number;
}

const USAGES: readonly Usage[] = [
  {
    name: 'rate given, burst of 5',
    burst: 5,
    perSecond: PER_SECOND,
    leastUsed: 0.85,
    mostRefused: 0,
  },
  { name: 'rate given, burst of 1', burst: 1, perSecond: PER_SECOND, leastUsed: 0, mostRefused: 0.01 },
  {
    name: 'rate found out',
    burst: 5,
    isFoundOut: true,
    perSecond: PER_SECOND,
    leastUsed: 0.8,
    mostRefused: 0.01,
  },
  {
    name: 'one account at two addresses',
    burst: 5,
    addresses: ['ann', 'ann'],
    perSecond: PER_SECOND,
    leastUsed: 0.85,
    mostRefused: 0,
  },
  {
    name: 'an account at each of two addresses',
    burst: 5,
    addresses: ['ann', 'bob'],
    perSecond: 2 * PER_SECOND,
    leastUsed: 0.85,
    mostRefused: 0,
  },
  {
    name: 'strangers at two addresses',
    burst: 5,
    addresses: [undefined, undefined],
    perSecond: 2 * PER_SECOND,
    leastUsed: 0.85,
    mostRefused: 0,
  },
];

const FORMS: readonly RetryAfterForm[] = ['seconds', 'date', 'none'];

/** Eight processes, which ask as much as they are let. */
export const LIMIT_TRIALS: readonly LimitTrial[] = [
  ...USAGES.map((usage) => ({ name: usage.name, play: (seconds: number) => use(usage, seconds) })),
  ...FORMS.map((form) => {
    const name = `told to wait, Retry-After: ${form}`;
    return { name, play: () => beToldToWait(name, form) };
  }),
];

// A registry that refuses nothing for want of a processor shows nothing.
const MOST_UNJUDGED = 0.02;
const TRIES = 3;

/** Again where the machine was too busy to tell. */
async function use(usage: Usage, seconds: number): Promise<LimitFinding> {
  for (let count = 1; ; count += 1) {
    const { counted, failures } = await countUse(usage, seconds);
    if (counted.unjudgedShare <= MOST_UNJUDGED || count === TRIES) return findingOf(usage, counted, failures);
  }
}

async function countUse(
  usage: Usage,
  seconds: number,
): Promise<{ readonly counted: Counted; readonly failures: readonly string[] }> {
  const { burst, isFoundOut = false, addresses } = usage;
  const bucket = { perSecond: PER_SECOND, burst };
  const isOpen = addresses?.includes(undefined) ?? false;
  await using fleet = await LimitedFleet.start({
    ...(!isOpen && { account: bucket }),
    ...(addresses !== undefined && { address: bucket, tls: true }),
  });
  await using proxies = new AsyncDisposableStack();
  const asking =
    addresses === undefined
      ? clients(PROCESSES, { username: 'ann' })
      : await behindProxies(fleet, addresses, proxies);
  await fleet.ask(asking, { rates: isFoundOut ? {} : GIVEN });
  if (isFoundOut) await fleet.count(seconds / 4);
  const counted = await fleet.count(seconds);
  const { failures } = await fleet.end();
  return { counted, failures };
}

function findingOf(usage: Usage, counted: Counted, failures: readonly string[]): LimitFinding {
  const { name, perSecond, leastUsed, mostRefused } = usage;
  const used = counted.perSecond / perSecond;
  return {
    name,
    counted:
      `${counted.perSecond.toFixed(1)} of ${perSecond} requests a second (${percent(used)}), ` +
      `${percent(counted.refusedShare)} refused, ${percent(counted.unjudgedShare)} seen too late to be judged`,
    problems: [
      used >= leastUsed ? [] : `uses ${percent(used)} of the rate, which has to be ${percent(leastUsed)}`,
      counted.refusedShare <= mostRefused
        ? []
        : `${percent(counted.refusedShare)} refused, at most ${percent(mostRefused)} may be`,
      counted.unjudgedShare <= MOST_UNJUDGED
        ? []
        : `${percent(counted.unjudgedShare)} could not be judged: this machine is too busy`,
      failed(failures),
    ].flat(),
  };
}

/** As many of the processes at each address as at the others, each behind the proxy that has it. */
async function behindProxies(
  { registry }: LimitedFleet,
  usernames: readonly (string | undefined)[],
  proxies: AsyncDisposableStack,
): Promise<Partial<ClientSettings>[]> {
  const groups = usernames.map(async (username, at) => {
    const localAddress = `127.0.0.${2 + at}`;
    const proxy = proxies.use(await startConnectProxy({ '*': registry.host }, { localAddress }));
    return clients(PROCESSES / usernames.length, {
      registry: 'registry.test',
      egress: `egress-${at}`,
      proxy: proxy.url,
      ...(username !== undefined && { username }),
    });
  });
  return (await Promise.all(groups)).flat();
}

// Everybody has heard of a pause after the first, and what was on its way comes again within the other.
const HEARD_AFTER_MS = 1_000;
const CLOSED_MS = { told: 4_000, untold: 1_500 };

async function beToldToWait(name: string, form: RetryAfterForm): Promise<LimitFinding> {
  await using fleet = await LimitedFleet.start({ account: { perSecond: PER_SECOND, burst: 5 } });
  await fleet.ask(clients(PROCESSES, { username: 'ann' }), { rates: GIVEN });
  const { registry } = fleet;
  const closedMs = form === 'none' ? CLOSED_MS.untold : CLOSED_MS.told;
  registry.closeFor(closedMs, form);
  await eventually(() => registry.cameAtMs.length > 0, { what: 'a request that is refused' });
  registry.reset();
  await eventually(() => registry.taken > PER_SECOND, {
    deadlineMs: 30_000,
    what: 'requests after the pause',
  });
  const { refused } = registry;
  const [first = 0, ...later] = registry.cameAtMs;
  const inPause = later.filter(
    (ms) => ms - first > HEARD_AFTER_MS && ms - first < CLOSED_MS.told - 100,
  ).length;
  // What was on its way; where nobody is told for how long, each is tried twice a second for as long as that takes.
  const mostRefused = PROCESSES * AT_ONCE * (form === 'none' ? 3 : 1);
  const { failures } = await fleet.end();
  return {
    name,
    counted: `${refused} refused, ${form === 'none' ? 'nobody was told for how long' : `${inPause} came after a second of ${closedMs / 1_000}`}`,
    problems: [
      refused <= mostRefused ? [] : `${refused} refused, at most ${mostRefused} may be`,
      form === 'none' || inPause === 0 ? [] : `${inPause} requests came though all had to wait`,
      failed(failures),
    ].flat(),
  };
}

const failed = (failures: readonly string[]): string[] =>
  failures.length === 0 ? [] : [`${failures.length} failed: ${[...new Set(failures)].join(', ')}`];

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
