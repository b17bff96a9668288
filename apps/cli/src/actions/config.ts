import { configName, formatIssue, loadEffectiveConfig, type RedisSetting } from '@regfleet/config';
import { configFile } from '../config-file.ts';
import type { CommandContext } from '../context.ts';
import { InvalidConfig } from '../invalid-config.ts';

/** Prints the config as it is in force. @throws {InvalidConfig} with every issue. */
export async function config(context: CommandContext): Promise<void> {
  const { terminal, options } = context;
  const given = configFile(options().config, terminal.env);
  const redis = givenRedis(context);
  const { effective, issues } = await loadEffectiveConfig(given, { env: terminal.env, redis });
  if (effective === undefined) throw new InvalidConfig(configName(given), issues);
  for (const issue of issues) terminal.err(formatIssue(issue));
  const { yaml, config: values, origins } = effective;
  const document = { file: configName(given), config: values, origins };
  terminal.out(options().json ? JSON.stringify(document, undefined, 2) : yaml.trimEnd());
}

function givenRedis({ terminal, options }: CommandContext): RedisSetting | undefined {
  const { redis } = options();
  if (redis !== undefined) return { url: redis, origin: { kind: 'flag', name: '--redis' } };
  const url = terminal.env.REGFLEET_REDIS_URL ?? '';
  if (url === '') return undefined;
  return { url, origin: { kind: 'environment', name: 'REGFLEET_REDIS_URL' } };
}
