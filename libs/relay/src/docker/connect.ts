import { connect } from 'node:net';
import { clip, inTime, type Logger, SyncError, sleep, unlessAborted } from '@regfleet/model';
import { z } from 'zod';
import { DEFAULT_HOST, type Environment, parseAddress, tlsOf } from './address.ts';
import { daemonFailure } from './classify.ts';
import { type ClientOptions, clientOptions, clientsWith } from './clients.ts';
import { Daemon } from './daemon.ts';
import { type DaemonLimits, DEFAULT_LIMITS, silentDaemon } from './idle-timeout.ts';
import { negotiateVersion } from './versions.ts';

export interface DockerOptions {
  /** `proto://addr` of the daemon; absent: what docker's variables in `env` say, else the local socket. */
  readonly host?: string;
  /** With or without a `v` before it; absent: `DOCKER_API_VERSION` where `host` is absent too, else negotiated. */
  readonly apiVersion?: string;
  /** True: what was pulled stays on the daemon, under the name of the source. */
  readonly keepImages: boolean;
  /** How long the daemon may be silent within a pull or push; absent: what suits real daemons. */
  readonly silenceMs?: number;
  /** Absent: what suits real daemons. */
  readonly limits?: DaemonLimits;
}

export interface DaemonSearch extends DockerOptions {
  readonly env: Environment;
  /** How long a daemon that is still starting is waited for; absent: five minutes, as dregsy does. */
  readonly startup?: { readonly waitMs: number; readonly intervalMs: number };
}

interface ConnectDeps {
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

const DEFAULT_STARTUP = { waitMs: 300_000, intervalMs: 2_000 };

/** @throws {SyncError} `RELAY_UNAVAILABLE` when no daemon answers; the abort reason. */
export async function connectDaemon(options: DaemonSearch, { logger, signal }: ConnectDeps): Promise<Daemon> {
  const endpoint = await endpointOf(options);
  const { waitMs, intervalMs } = options.startup ?? DEFAULT_STARTUP;
  const deadlineMs = performance.now() + waitMs;
  for (let tries = 1; ; tries += 1) {
    try {
      const { daemon, ...found } = await unlessAborted(greet(endpoint), signal);
      logger.info(found, 'docker daemon found');
      return daemon;
    } catch (error) {
      signal.throwIfAborted();
      const mayWait = performance.now() + intervalMs <= deadlineMs && mayBeStarting(error);
      if (!mayWait) throw unavailable(endpoint, error);
      const fields = { host: endpoint.host, waitSeconds: waitMs / 1000, error: messageOf(error) };
      // Ever more rarely: after try 1, 2, 4, 8 and so on.
      if ((tries & (tries - 1)) === 0) logger.warn(fields, 'waiting for the docker daemon');
      await sleep(intervalMs, signal);
    }
  }
}

/** Where a daemon is asked, and how. */
interface DaemonEndpoint {
  readonly host: string;
  readonly options: ClientOptions;
  readonly limits: DaemonLimits;
  /** The API version that somebody set. */
  readonly wanted: string | undefined;
}

async function endpointOf(options: DaemonSearch): Promise<DaemonEndpoint> {
  const env = options.host === undefined ? options.env : {};
  const host = options.host ?? (env.DOCKER_HOST || DEFAULT_HOST);
  const wanted = (options.apiVersion ?? (env.DOCKER_API_VERSION || undefined))?.replace(/^v(?=\d)/, '');
  const address = parseAddress(host, tlsOf(env));
  const { silenceMs = DEFAULT_LIMITS.silenceMs } = options;
  const limits = options.limits ?? { ...DEFAULT_LIMITS, silenceMs };
  try {
    return { host, wanted, limits, options: await clientOptions(address) };
  } catch (error) {
    throw unavailable({ host, wanted }, error);
  }
}

interface Greeting {
  readonly daemon: Daemon;
  readonly host: string;
  readonly release: string;
  readonly apiVersion: string;
}

async function greet({ host, options, limits, wanted }: DaemonEndpoint): Promise<Greeting> {
  const { helloMs } = limits;
  if (options.socketPath !== undefined) await knock(options.socketPath);
  const clients = await clientsWith(options);
  const answer = await inTime(
    helloMs,
    () => silentDaemon(host, helloMs),
    (signal) => clients({ version: wanted, timeoutMs: helloMs, signal }).version(),
  );
  const version = wanted ?? spokenVersion(answer);
  const daemon = new Daemon({ host, version, limits, clients });
  return { daemon, host, release: clip(String(answer.Version), MAX_RELEASE), apiVersion: version };
}

/** Every worker looks for a daemon, and most machines have none. @throws the system's error where nobody listens. */
function knock(socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath, () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}

// It becomes a part of every path.
const apiVersion = z.string().regex(/^\d{1,4}\.\d{1,4}$/, 'is not an API version');
const MAX_RELEASE = 100;
const versionSchema = z.object({ ApiVersion: apiVersion, MinAPIVersion: apiVersion.optional() });

function spokenVersion(answer: unknown): string {
  const { ApiVersion, MinAPIVersion = ApiVersion } = versionSchema.parse(answer);
  return negotiateVersion({ newest: ApiVersion, oldest: MinAPIVersion });
}

// A daemon makes its socket late, and a name in a cluster resolves late; one that restores many containers accepts and is silent.
const STARTING = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ETIMEDOUT',
  'TIMED_OUT',
]);

function mayBeStarting(error: unknown): boolean {
  const { code, statusCode } = Object(error);
  return STARTING.has(code) || statusCode >= 500;
}

const messageOf = (error: unknown): string => daemonFailure(error).message.trim();

function unavailable({ host, wanted }: Pick<DaemonEndpoint, 'host' | 'wanted'>, error: unknown): SyncError {
  const isVersion = wanted !== undefined && [400, 404].includes(Object(error).statusCode);
  const what = isVersion ? `its API has no version ${wanted}: ` : '';
  return new SyncError('RELAY_UNAVAILABLE', {
    message: `cannot use the docker daemon at ${host}: ${what}${messageOf(error)}`,
    hint: isVersion ? VERSION_HINT : hintFor(error),
    cause: error,
  });
}

const VERSION_HINT = 'leave docker.api-version and DOCKER_API_VERSION unset, the version is negotiated then';

function hintFor(error: unknown): string {
  if (Object(error).code === 'EACCES') return 'let this process use the socket, e.g. by the group docker';
  return 'start the daemon, point docker.dockerhost or DOCKER_HOST at one, or use relay: direct';
}
