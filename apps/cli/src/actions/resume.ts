import { HOLD_CAUSES, type Hold, type HoldScope, scopeName } from '@regfleet/fleet';
import { printable, silentLogger } from '@regfleet/model';
import { configFile, readConfig } from '../config-file.ts';
import type { CommandContext } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { requireAnyRedis, withFleet } from '../fleet-access.ts';
import { type ScopeFlags, scopesNamed } from '../hold-scopes.ts';

interface Lifted {
  readonly scope: HoldScope;
  /** False: nobody had paused it. */
  readonly lifted: boolean;
}

/** Lifts what operators hold back. */
export async function resume(context: CommandContext, flags: ScopeFlags): Promise<void> {
  const { terminal, options, finish } = context;
  const config = await readConfig(configFile(options().config, terminal.env), terminal);
  await withFleet(await requireAnyRedis(context, config), silentLogger, async ({ holds }) => {
    const all = await holds.list();
    const held = all.filter(({ cause }) => cause === 'operator');
    const named = scopesNamed(config, flags, all);
    const scopes = flags.all && held.length > 0 ? held.map(({ scope }) => scope) : named;
    const lifted: Lifted[] = [];
    for (const scope of scopes) {
      // Who names a registry that the fleet holds back itself wants it asked again now.
      const causes = scope.kind === 'registry' && !flags.all ? HOLD_CAUSES : (['operator'] as const);
      const were = await Promise.all(causes.map((cause) => holds.lift(scope, cause)));
      lifted.push({ scope, lifted: were.includes(true) });
    }
    terminal.out(options().json ? JSON.stringify(lifted, undefined, 2) : lifted.map(liftedLine).join('\n'));
    for (const hold of await holds.list()) terminal.err(`warning: ${stillHeld(hold)}`);
    finish(EXIT.ok);
  });
}

const liftedLine = ({ scope, lifted }: Lifted): string =>
  `${printable(scopeName(scope))}: ${lifted ? 'resumed' : 'was not paused'}`;

function stillHeld({ scope, cause, reason }: Hold): string {
  const by = cause === 'operator' ? 'paused' : `held back (${cause})`;
  return `${printable(scopeName(scope))} is still ${by}${reason === '' ? '' : `: ${printable(reason)}`}`;
}
