import { configName, formatIssue, loadConfig, type SyncConfig } from '@regfleet/config';
import { emptyFlag } from './flags.ts';
import { InvalidConfig } from './invalid-config.ts';
import type { Terminal } from './terminal.ts';

const DEFAULT_CONFIG_FILE = 'config.yaml';

/**
 * The config file to read, `-` for standard input: `-c`, else `REGFLEET_CONFIG` where it is not empty, else `config.yaml` of the
 * current folder.
 *
 * @throws {SyncError} `USAGE_INVALID` on an empty `-c`.
 */
export function configFile(option: string | undefined, env: Terminal['env']): string {
  if (option === '') throw emptyFlag('-c', 'leave it out to read $REGFLEET_CONFIG or config.yaml');
  return option ?? (env.REGFLEET_CONFIG || DEFAULT_CONFIG_FILE);
}

/**
 * The checked config of a file; warnings go to the terminal.
 *
 * @throws {InvalidConfig} with every issue.
 * @throws {SyncError} `CONFIG_UNREADABLE`
 */
export async function readConfig(file: string, terminal: Pick<Terminal, 'env' | 'err'>): Promise<SyncConfig> {
  const { config, issues } = await loadConfig(file, { env: terminal.env });
  if (config === undefined) throw new InvalidConfig(configName(file), issues);
  for (const issue of issues) terminal.err(formatIssue(issue));
  return config;
}
