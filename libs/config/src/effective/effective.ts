import { isRedisUrlProblem, type RedisPlace, readRedisUrl, showRedisPlace } from '@regfleet/model';
import type { ConfigIssue } from '../issue.ts';
import { type LoadOptions, loadWritten } from '../load.ts';
import type { SyncConfig } from '../model.ts';
import type { ConfigSection } from '../schema/config.ts';
import { configSchema } from '../schema/config.ts';
import { fillIn } from './fill-in.ts';
import { type Leaf, type Leaves, MASK } from './leaf.ts';
import { originOf, originText, type ValueOrigin } from './origin.ts';
import { renderYaml } from './render.ts';
import { collectWritten, type Written } from './written.ts';

/** A config as it is in force: defaults and what levels above say filled in, secrets masked. */
export interface EffectiveConfig {
  /** As a file of ours, each value with where it comes from. */
  readonly yaml: string;
  readonly config: unknown;
  /** By path, e.g. `tasks[0].retries.attempts`. */
  readonly origins: Readonly<Record<string, ValueOrigin>>;
}

/** A Redis that is used in place of that of the file. */
export interface RedisSetting {
  readonly url: string;
  /** The flag or the variable that names it. */
  readonly origin: Extract<ValueOrigin, { readonly name: string }>;
}

/**
 * What a config file comes to.
 *
 * @param options.redis - absent: that of the file.
 * @returns issues alone where one of them is an error.
 * @throws {SyncError} `CONFIG_UNREADABLE`
 */
export async function loadEffectiveConfig(
  file: string,
  { redis, ...options }: LoadOptions & { readonly redis?: RedisSetting | undefined },
): Promise<{ readonly effective?: EffectiveConfig; readonly issues: readonly ConfigIssue[] }> {
  const { config, written, issues } = await loadWritten(file, options);
  if (config === undefined || written === undefined) return { issues };
  return { effective: effectiveConfig(config, written, redis), issues };
}

/** Pure: what `loadEffectiveConfig` finds, of what has been read. */
export function effectiveConfig(
  config: SyncConfig,
  file: ConfigSection,
  redis?: RedisSetting,
): EffectiveConfig {
  const written: Written = { leaves: new Map(), places: new Map(), names: new Map() };
  collectWritten(file, configSchema.fields, written);
  const { leaves, places, names } = written;
  fillIn(leaves, config, file);
  if (config.redis !== undefined) putUrl(leaves, config.redis.url.reveal());
  if (redis !== undefined) replaceRedis(leaves, redis);
  const origin = (path: string, leaf: Leaf): ValueOrigin =>
    redis !== undefined && path === 'redis.url' ? redis.origin : originOf(leaf, places);
  const heading = ` ${config.file} as it is in force. Behind each value: the line that says it, or whatever else does.`;
  const comment = (path: string, leaf: Leaf): string => originText(origin(path, leaf));
  const { yaml, config: values } = renderYaml(
    { fields: configSchema.fields, leaves, names, comment },
    heading,
  );
  const origins = Object.fromEntries([...leaves].map(([path, leaf]) => [path, origin(path, leaf)]));
  return { yaml, config: values, origins };
}

function putUrl(leaves: Leaves, url: string): void {
  const place = readRedisUrl(url);
  leaves.set('redis.url', { value: isRedisUrlProblem(place) ? MASK : masked(place), keys: ['redis.url'] });
}

/** What stands beside the URL in the file belongs to that of the file. */
function replaceRedis(leaves: Leaves, { url }: RedisSetting): void {
  for (const path of leaves.keys())
    if (path.startsWith('redis.') && path !== 'redis.prefix') leaves.delete(path);
  putUrl(leaves, url);
}

/** What somebody took for a user may be a part of the password. */
function masked(place: RedisPlace): string {
  const { username, password } = place;
  const login = `${username === undefined ? '' : MASK}${password === undefined ? '' : `:${MASK}`}`;
  const database = place.kind === 'socket' && place.db !== undefined ? `?db=${place.db}` : '';
  return `${showRedisPlace(place).replace('://', login === '' ? '://' : `://${login}@`)}${database}`;
}
