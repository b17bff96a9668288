import { type SyncConfig, unnamedEnd } from '@regfleet/config';
import {
  type CopyRequest,
  formatReference,
  isRelayName,
  parsePlatform,
  parseReference,
  platformLimit,
  RELAY_NAMES,
  type RelayName,
  SyncError,
  silentLogger,
} from '@regfleet/model';
import { admitsCopy, checkOntoItself } from '@regfleet/planner';
import { configFile, readConfig } from '../config-file.ts';
import type { CommandContext } from '../context.ts';
import { showEndedRun } from '../ended-run.ts';
import { EXIT } from '../exit-code.ts';
import { requireAnyRedis, warnOfLacking, withFleet } from '../fleet-access.ts';
import { tasksNamed } from '../tasks.ts';

export interface CopyFlags {
  readonly platform?: string;
  readonly relay?: string;
  readonly task?: string;
  readonly wait: boolean;
}

/** Queues the copy, and waits for it when asked to. */
export async function copy(
  context: CommandContext,
  images: { source: string; target: string },
  flags: CopyFlags,
): Promise<void> {
  const { terminal, options, finish } = context;
  const config = await readConfig(configFile(options().config, terminal.env), terminal);
  const request = copyRequest(config, images, flags);
  checkInConfig(request, config);
  await withFleet(await requireAnyRedis(context, config), silentLogger, async (fleet) => {
    await warnOfLacking(fleet, { relays: [request.relay] }, terminal);
    const runId = await fleet.copyOnce({ request, ...config.retries });
    if (flags.wait) return showEndedRun(context, fleet, runId);
    terminal.out(options().json ? JSON.stringify({ run: runId }) : `run ${runId} queued`);
    return finish(EXIT.ok);
  });
}

/** Workers carry out what their config names and nothing else: whoever asks for more is told at once. */
function checkInConfig(request: CopyRequest, config: SyncConfig): void {
  const { source, target } = request;
  const unknown = unnamedEnd(config, request);
  if (unknown !== undefined) {
    throw new SyncError('USAGE_INVALID', {
      message: `${config.file} does not name the registry ${unknown.registry}: workers copy between registries of their config only`,
      hint: `add it to the config of the workers, too: registries: {'${unknown.registry}': {}}`,
    });
  }
  const task = config.tasks.find(({ id }) => id === request.task);
  if (task === undefined || admitsCopy(task, request)) return;
  throw new SyncError('USAGE_INVALID', {
    message: `task "${task.id}" does not copy ${formatReference(source)} to ${formatReference(target)}: its logins serve its own mappings and tags only`,
    hint: 'leave --task out: then the logins of registries.<host> count',
  });
}

function copyRequest(
  config: SyncConfig,
  images: { source: string; target: string },
  flags: CopyFlags,
): CopyRequest {
  const [task] = flags.task === undefined ? [] : tasksNamed(config, [flags.task]);
  const relay = flags.relay === undefined ? (task?.relay ?? config.relay) : parseRelay(flags.relay);
  const platform = parsePlatform(flags.platform ?? '');
  const limit = platformLimit(relay, platform);
  if (limit !== undefined) throw new SyncError('PLATFORM_INVALID', limit);
  const source = named(images.source);
  const target = named(images.target);
  if (target.tag === undefined && target.digest !== source.digest) {
    throw new SyncError('REFERENCE_INVALID', {
      message: `the target ${formatReference(target)} names another image than the source ${formatReference(source)}`,
      hint: 'give the target a tag, or the source the same digest',
    });
  }
  checkOntoItself({ source, target });
  return {
    source,
    target,
    relay,
    ...(task !== undefined && { task: task.id }),
    ...(platform !== undefined && { platform }),
  };
}

/** The reference of an image; without tag and digest `latest` is meant, as everywhere in this field. */
function named(text: string): CopyRequest['source'] {
  const reference = parseReference(text);
  return reference.tag === undefined && reference.digest === undefined
    ? { ...reference, tag: 'latest' }
    : reference;
}

function parseRelay(name: string): RelayName {
  if (isRelayName(name)) return name;
  throw new SyncError('USAGE_INVALID', {
    message: `"${name}" is not a relay`,
    hint: `relays are ${RELAY_NAMES.join(', ')}`,
  });
}
