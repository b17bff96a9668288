import { availableParallelism } from 'node:os';
import { clip, SyncError } from '@regfleet/model';
import { type Command, Option } from 'commander';
import type { CommandContext } from '../context.ts';
import { wholeNumber } from '../flags.ts';

/** Flags that every long-running command takes. */
export interface ServiceFlags {
  readonly host: string;
  readonly port: number;
  /** Seconds. */
  readonly grace: number;
  readonly egress: string;
  /** Seconds. */
  readonly lock: number;
}

export interface WorkerFlags {
  /** Absent: it is found out. */
  readonly concurrency?: number;
  /** Seconds. */
  readonly lock: number;
}

export interface ExpansionFlags {
  readonly expansions: number;
}

export interface SchedulerFlags extends ExpansionFlags {
  /** Seconds. */
  readonly lock: number;
}

/** In seconds: what a dead process expanded goes on within 15, and costs little to repeat where it was not dead. */
export const EXPANSION_LOCK = 8;

/**
 * Copies at once to begin with, where nobody has said how many. One waits for two networks most of its time; a core carries several.
 * A worker has others beside it.
 */
export const LEAST_COPIES = { worker: Math.max(4, 2 * availableParallelism()), sync: 8 } as const;

/** Makes a command one that runs until somebody stops it. */
export function asService(command: Command, { terminal }: CommandContext): Command {
  return command
    .hook('preAction', () => terminal.beforeLongRun?.())
    .option('--host <address>', 'address of /healthz, /readyz and /metrics', '0.0.0.0')
    .addOption(
      new Option('--port <number>', 'port of /healthz, /readyz and /metrics; 0 takes a free one')
        .default(9090)
        .argParser(wholeNumber('--port', { min: 0, max: 65_535 })),
    )
    .addOption(
      new Option('--grace <seconds>', 'on SIGTERM, how long work may go on before it is handed back')
        .default(270)
        .argParser(wholeNumber('--grace', { min: 0, max: 86_400 })),
    )
    .addOption(egressOption());
}

/** A flag of every command that sends many requests. */
export const egressOption = (): Option =>
  new Option(
    '--egress <name>',
    'name of the address that registries see this process come from, by which some of them limit requests: processes behind one address, as of one NAT gateway, have the same',
  )
    .default(DEFAULT_EGRESS)
    .argParser(egressName);

const DEFAULT_EGRESS = 'default';

const EGRESS = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

function egressName(text: string): string {
  if (EGRESS.test(text)) return text;
  throw new SyncError('USAGE_INVALID', {
    message: `--egress wants a name of letters, digits, ".", "_" and "-", 64 at most, that begins with a letter or digit, not "${clip(text, 80)}"`,
  });
}

/** @param also - what the lock holds for besides. */
export function addWorkerFlags(command: Command, also = ''): Command {
  return command
    .addOption(
      new Option(
        '--concurrency <number>',
        `copies at once in this process (default: from ${LEAST_COPIES.worker} to 32, as many as make it faster)`,
      ).argParser(wholeNumber('--concurrency', { min: 1, max: 1000 })),
    )
    .addOption(
      new Option(
        '--lock <seconds>',
        `how long after its death the copies of this process are given to another${also}`,
      )
        .default(60)
        .argParser(wholeNumber('--lock', { min: 2, max: 3600 })),
    );
}

export function addSchedulerLock(command: Command): Command {
  return command.addOption(
    new Option('--lock <seconds>', 'how long after its death what this process expands is given to another')
      .default(EXPANSION_LOCK)
      .argParser(wholeNumber('--lock', { min: 2, max: 3600 })),
  );
}

export function addExpansionFlags(command: Command): Command {
  return command.addOption(
    new Option('--expansions <number>', 'tasks expanded at once in this process')
      .default(4)
      .argParser(wholeNumber('--expansions', { min: 1, max: 100 })),
  );
}
