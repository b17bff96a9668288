import {
  type CopyRequest,
  type CopyResult,
  type Digest,
  formatPlatform,
  formatReference,
  isSyncError,
  SyncError,
} from '@regfleet/model';
import type { CopyContext } from '../contract.ts';
import { withLogins } from '../logins.ts';
import { onePlatform } from '../one-platform.ts';
import { ask } from './ask.ts';
import type { Baseline } from './baseline.ts';
import type { Daemon, InspectedImage } from './daemon.ts';
import type { ImageCleanUp } from './image-clean-up.ts';
import type { LeftImages, LeftName } from './left-images.ts';
import type { NameLocks } from './locks.ts';
import { localNames } from './names.ts';
import { isForPlatform } from './platform.ts';
import { Progress } from './progress.ts';
import type { TlsNotices } from './tls-notices.ts';
import { type DaemonCopy, pullImage, pushImage } from './transfer.ts';

/** What all copies by one daemon share. */
export interface DockerState {
  readonly daemon: Daemon;
  readonly keepImages: boolean;
  readonly locks: NameLocks;
  readonly baseline: Baseline;
  readonly imageCleanUp: ImageCleanUp;
  readonly notices: TlsNotices;
}

/** Pulls, tags and pushes one image, and wipes it off the daemon again. */
export async function copyThroughDaemon(
  state: DockerState,
  request: CopyRequest,
  context: CopyContext,
): Promise<CopyResult> {
  const { signal } = context;
  signal.throwIfAborted();
  onePlatform(request);
  const names = localNames(request);
  const progress = new Progress(context.onProgress);
  const attempt: Attempt = { daemon: state.daemon, request, context, names, progress };
  for (const side of ['source', 'target'] as const) {
    await state.notices.tell(request[side].registry, context[side].location, context.logger);
  }
  const held = [names.source.name, names.target.name];
  return state.locks.hold(held, signal, async () => {
    await state.imageCleanUp.wipeNamed(held);
    return withoutTraces(state, attempt, () =>
      withLogins(request, context, (logins) => transfer({ ...attempt, logins })),
    );
  });
}

/** A copy that has no logins yet. */
type Attempt = Omit<DaemonCopy, 'logins'>;

/** Does `work`, and whatever becomes of it puts the daemon's images back to what they were. */
async function withoutTraces<Result>(
  { daemon, baseline, imageCleanUp, keepImages }: DockerState,
  { request, context, names }: Attempt,
  work: () => Promise<Result>,
): Promise<Result> {
  const place = { reference: request.source };
  // Abandoned from within: an entry that ends after its copy would never be left.
  const foreign = await baseline.enter(() => ask(place, context.signal, () => daemon.list()));
  try {
    const traced = keepImages ? [names.target] : [names.target, names.source];
    const leftImages: LeftImages = {
      names: await ask(place, context.signal, () =>
        Promise.all(traced.map(({ name }) => trace(daemon, name))),
      ),
      foreign,
      ...(keepImages && { keptRepository: names.source.repository }),
    };
    try {
      return await work();
    } finally {
      await imageCleanUp.wipe(leftImages);
    }
  } finally {
    baseline.leave();
  }
}

const trace = async (daemon: Daemon, name: string): Promise<LeftName> => ({
  name,
  priorId: (await daemon.find(name))?.id,
});

async function transfer(copy: DaemonCopy): Promise<CopyResult> {
  const { daemon, request, context, names } = copy;
  const before = await targetDigest(request, context);
  const sourceDigest = await pullImage(copy);
  const image = await pulledImage(copy);
  await ask({ reference: request.source }, context.signal, () => daemon.tag(image.id, names.target.name));
  const digest = await pushImage(copy, image);
  return {
    outcome: digest === before ? 'unchanged' : 'copied',
    targetDigest: digest,
    ...(sourceDigest !== undefined && { sourceDigest }),
  };
}

/** @throws {SyncError} `PLATFORM_UNKNOWN` when it is not the image that was asked for. */
async function pulledImage({ daemon, request, context, names }: DaemonCopy): Promise<InspectedImage> {
  const { source } = request;
  const platform = onePlatform(request);
  const image = await ask({ reference: source }, context.signal, () => daemon.find(names.source.name));
  const place = { side: 'source', reference: formatReference(source), registry: source.registry } as const;
  if (image === undefined) {
    throw new SyncError('RELAY_FAILED', {
      message: 'docker: the image was removed from the daemon right after the pull',
      hint: 'something else removes images from this daemon; give regfleet a daemon of its own',
      ...place,
    });
  }
  if (platform === undefined || platform === 'all' || isForPlatform(image.platform, platform)) return image;
  throw new SyncError('PLATFORM_UNKNOWN', {
    message: `the image is for ${formatPlatform(image.platform)}, not for ${formatPlatform(platform)}`,
    hint: 'set platform to one the image has',
    ...place,
  });
}

/** What the target answers before the push; absent: nothing, or not to be learnt from here. */
async function targetDigest({ target }: CopyRequest, context: CopyContext): Promise<Digest | undefined> {
  if (target.tag === undefined) return undefined;
  const { client } = context.target;
  try {
    const head = await client.headTarget(target.repository, target.tag, { signal: context.signal });
    return head === undefined || 'untold' in head ? undefined : head.digest;
  } catch (error) {
    context.signal.throwIfAborted();
    if (!isSyncError(error)) throw error;
    // Told by us with the time to wait, which the daemon would keep to itself.
    if (error.kind === 'rate-limited') throw error.located({ side: 'target' });
    context.logger.debug({ side: 'target', error }, 'HEAD before the copy failed');
    return undefined;
  }
}
