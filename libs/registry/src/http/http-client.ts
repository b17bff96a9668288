import { SyncError } from '@regfleet/model';
import type { Environment } from './proxy.ts';

const NAMES = ['undici', 'sockets'] as const;

/** What requests go by: undici, or connections of our own. */
export type HttpClientName = (typeof NAMES)[number];

const VARIABLE = 'REGFLEET_HTTP_CLIENT';

/**
 * The client that the environment asks for; undici where it does not.
 *
 * @throws {SyncError} `CONFIG_INVALID` for one that there is not.
 */
export function httpClientOf(env: Environment): HttpClientName {
  const given = env[VARIABLE] ?? '';
  const known = given === '' ? NAMES[0] : NAMES.find((name) => name === given);
  if (known !== undefined) return known;
  throw new SyncError('CONFIG_INVALID', {
    message: `${VARIABLE} is "${given}", which is no client of ours`,
    hint: `set it to ${NAMES.join(' or ')}, or leave it out`,
  });
}
