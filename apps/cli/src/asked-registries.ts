import type { SyncConfig } from '@regfleet/config';
import { RequestLimits } from '@regfleet/fleet';
import { LocalMeters } from '@regfleet/local';
import { createRegistries, type Registries } from '@regfleet/registry';
import { commandLogger } from './command-logger.ts';
import type { Terminal } from './terminal.ts';

/**
 * Registries as a command asks them by itself: with the logins and limits of the config, and at its rates, of which no other process
 * knows. To be closed.
 *
 * @param options.command - its name.
 * @param options.onRequest - told of each request.
 */
export const askedRegistries = (
  terminal: Terminal,
  config: SyncConfig,
  { command, onRequest }: { readonly command: string; readonly onRequest?: () => void },
): Registries =>
  createRegistries({
    logger: commandLogger(terminal, command),
    env: terminal.env,
    limits: config.limits,
    ...(onRequest !== undefined && { onRequest }),
    requestGate: new RequestLimits({
      meters: new LocalMeters(),
      egress: command,
      ratesOf: (registry) => config.rates.get(registry),
    }),
  });
