import {
  type CopyRequest,
  type Digest,
  formatReference,
  redact,
  type Side,
  SyncError,
} from '@regfleet/model';
import type { CopyContext } from '../contract.ts';
import type { Logins } from '../logins.ts';
import { onePlatform } from '../one-platform.ts';
import { ask } from './ask.ts';
import { type AuthConfig, authConfig } from './auth-config.ts';
import { classifyFailure } from './classify.ts';
import type { Daemon, InspectedImage } from './daemon.ts';
import type { DaemonEvent } from './events.ts';
import type { LocalNames } from './names.ts';
import { pullPlatform } from './platform.ts';
import type { Progress } from './progress.ts';

/** One copy by one daemon. */
export interface DaemonCopy {
  readonly daemon: Daemon;
  readonly request: CopyRequest;
  readonly context: CopyContext;
  readonly names: LocalNames;
  readonly progress: Progress;
  readonly logins: Logins;
}

/** @returns the digest that the source answers; absent where the daemon does not tell. */
export async function pullImage(copy: DaemonCopy): Promise<Digest | undefined> {
  const { daemon, request, context, names } = copy;
  const wanted = onePlatform(request);
  const platform = wanted === 'all' ? undefined : wanted;
  const auth = await authOf('source', copy);
  const events = daemon.pull(names.source, {
    auth,
    signal: context.signal,
    ...(platform !== undefined && { platform: pullPlatform(platform) }),
  });
  return follow('source', events, copy);
}

/** @returns the digest that the target answers from here on. */
export async function pushImage(copy: DaemonCopy, { platform }: InspectedImage): Promise<Digest> {
  const { daemon, request, context, names } = copy;
  const auth = await authOf('target', copy);
  const events = daemon.push(names.target, { auth, platform, signal: context.signal });
  const digest = await follow('target', events, copy);
  if (digest !== undefined) return digest;
  throw new SyncError('RELAY_FAILED', {
    message: 'docker: the push ended without the digest of what was pushed',
    side: 'target',
    reference: formatReference(request.target),
    registry: request.target.registry,
  });
}

async function authOf(side: Side, { request, logins }: DaemonCopy): Promise<AuthConfig> {
  return authConfig(request[side].registry, await logins.of(side));
}

/** Reads a stream to its end, and gives the last digest in it. */
async function follow(
  side: Side,
  events: AsyncIterable<DaemonEvent>,
  copy: DaemonCopy,
): Promise<Digest | undefined> {
  const { request, context, progress } = copy;
  const place = { side, reference: request[side] };
  return ask(place, context.signal, async () => {
    let digest: Digest | undefined;
    for await (const event of events) {
      if (event.error !== undefined)
        throw classifyFailure({ message: event.error, isConnection: false }, place);
      progress.note(side === 'source' ? 'pull' : 'push', event);
      log(event, context);
      digest = event.digest ?? digest;
    }
    return digest;
  });
}

function log({ status, id, current }: DaemonEvent, { logger, verbose }: CopyContext): void {
  if (status === undefined || current !== undefined) return;
  const line = redact(id === undefined ? status : `${id}: ${status}`);
  logger[verbose ? 'info' : 'debug']({ line }, 'docker says');
}
