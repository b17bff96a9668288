import { hostname, userInfo } from 'node:os';
import { parseDuration } from '@regfleet/config';
import { type Hold, type HoldScope, scopeName } from '@regfleet/fleet';
import { printable, SyncError, silentLogger } from '@regfleet/model';
import { configFile, readConfig } from '../config-file.ts';
import type { CommandContext } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { requireAnyRedis, withFleet } from '../fleet-access.ts';
import { type ScopeFlags, scopesNamed } from '../hold-scopes.ts';

export interface PauseFlags extends ScopeFlags {
  readonly reason?: string;
  readonly for?: string;
  readonly now: boolean;
}

const HOUR_MS = 3_600_000;
// More than a year is until it is resumed.
const LIMITS = { reason: 500, forMs: { min: 1_000, max: 9_000 * HOUR_MS } };

/** Holds tasks, registries or everything back in the whole fleet. */
export async function pause(context: CommandContext, flags: PauseFlags): Promise<void> {
  const { terminal, options, finish } = context;
  const { reason = '', now } = flags;
  if (reason.length > LIMITS.reason)
    throw usage(`--reason has more than ${LIMITS.reason} characters`, 'say it in fewer words');
  const forMs = flags.for === undefined ? undefined : durationOf(flags.for);
  const config = await readConfig(configFile(options().config, terminal.env), terminal);
  const scopes = scopesNamed(config, flags);
  await withFleet(await requireAnyRedis(context, config), silentLogger, async ({ holds }) => {
    for (const scope of scopes) {
      await holds.place({
        scope,
        cause: 'operator',
        reason,
        by: operatorName(),
        ...(forMs !== undefined && { forMs }),
        ...(now && { isImmediate: true }),
      });
    }
    const placed = ofOperator(await holds.list(), scopes);
    if (options().json) terminal.out(JSON.stringify(placed, undefined, 2));
    else terminal.out([...placed.map(pausedLine), whatFollows(now)].join('\n'));
    finish(EXIT.ok);
  });
}

/** Where there is no such user, as in some containers, the machine alone tells. */
function operatorName(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    return hostname();
  }
}

const ofOperator = (holds: readonly Hold[], scopes: readonly HoldScope[]): Hold[] =>
  holds.filter(
    (hold) => hold.cause === 'operator' && scopes.some((scope) => scopeName(scope) === scopeName(hold.scope)),
  );

function pausedLine({ scope, reason, untilMs }: Hold): string {
  const until = untilMs === undefined ? 'until it is resumed' : `until ${new Date(untilMs).toISOString()}`;
  return `${printable(scopeName(scope))}: paused ${until}${reason === '' ? '' : `: ${printable(reason)}`}`;
}

const whatFollows = (now: boolean): string =>
  now
    ? 'nothing of it begins from now on; copies under way are handed back'
    : 'nothing of it begins from now on; copies under way have 30 s to end, then they are handed back';

function durationOf(text: string): number {
  const { min, max } = LIMITS.forMs;
  const durationMs = parseDuration(text);
  if (durationMs !== undefined && durationMs >= min && durationMs <= max) return durationMs;
  throw usage(
    `--for wants a duration from 1s to ${max / HOUR_MS}h, not "${text}"`,
    'write it as 90s, 30m, 2h or 1h30m',
  );
}

const usage = (message: string, hint: string): SyncError => new SyncError('USAGE_INVALID', { message, hint });
