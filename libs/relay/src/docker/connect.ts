import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger, SyncError } from '@regfleet/model';
import type Docker from 'dockerode';
import { z } from 'zod';
import { abortable } from './abortable.ts';
import {
  type DaemonAddress,
  type DaemonTls,
  DEFAULT_HOST,
  type Environment,
  parseAddress,
  tlsOf,
} from './address.ts';
import { daemonFailure } from './classify.ts';
import { Daemon } from './daemon.ts';
import { negotiateVersion } from './versions.ts';

export interface DockerOptions {
  /** `proto://addr` of the daemon; absent: what docker's variables in `env` say, else the local socket. */
  readonly host?: string;
  /** Absent: `DOCKER_API_VERSION` where `host` is absent too, else negotiated. */
  readonly apiVersion?: string;
  /** True: what was pulled stays on the daemon, under the name of the source. */
  readonly keepImages: boolean;
  readonly env: Environment;
  /** How long a daemon that is still starting is waited for; absent: a minute. */
  readonly startup?: { readonly tries: number; readonly intervalMs: number };
}

interface ConnectDeps {
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

const DEFAULT_STARTUP = { tries: 30, intervalMs: 2000 };

/** @throws {SyncError} `RELAY_UNAVAILABLE` when no daemon answers; the abort reason. */
export async function connectDaemon(
  options: DockerOptions,
  { logger, signal }: ConnectDeps,
): Promise<Daemon> {
  const env = options.host === undefined ? options.env : {};
  const host = options.host ?? (env.DOCKER_HOST || DEFAULT_HOST);
  const wanted = options.apiVersion ?? (env.DOCKER_API_VERSION || undefined);
  const connect = await connector(host, parseAddress(host, tlsOf(env)));
  const { tries, intervalMs } = options.startup ?? DEFAULT_STARTUP;
  for (let left = tries - 1; ; left -= 1) {
    try {
      const answer = await abortable(connect(wanted).version(), signal);
      const version = wanted ?? spokenVersion(answer);
      logger.info({ host, daemon: answer.Version, apiVersion: version }, 'docker daemon found');
      return new Daemon(connect(version), version);
    } catch (error) {
      signal.throwIfAborted();
      if (left <= 0 || !mayBeStarting(error)) throw unavailable(host, error);
      logger.info({ host, left }, 'waiting for the docker daemon');
      await abortable(sleep(intervalMs), signal);
    }
  }
}

const versionSchema = z.object({ ApiVersion: z.string(), MinAPIVersion: z.string().optional() });

function spokenVersion(answer: unknown): string {
  const { ApiVersion, MinAPIVersion = ApiVersion } = versionSchema.parse(answer);
  return negotiateVersion({ newest: ApiVersion, oldest: MinAPIVersion });
}

/** Makes clients of a daemon. @returns a function that takes the API version to speak; absent: the daemon's own. */
async function connector(host: string, address: DaemonAddress): Promise<(version?: string) => Docker> {
  try {
    const { default: DockerClient } = await import('dockerode');
    const options = await clientOptions(address);
    return (version) => new DockerClient({ ...options, version: version && `v${version}` });
  } catch (error) {
    throw unavailable(host, error);
  }
}

// dockerode puts its own reading of the process's environment wherever an option is not given, even as undefined.
const NOTHING_FROM_ENVIRONMENT = {
  socketPath: undefined,
  host: undefined,
  port: undefined,
  protocol: 'http',
  ca: undefined,
  cert: undefined,
  key: undefined,
  timeout: undefined,
} as const;

type ClientOptions = Docker.DockerOptions & { readonly agent?: Agent };

async function clientOptions(address: DaemonAddress): Promise<ClientOptions> {
  if (address.kind === 'socket') return { ...NOTHING_FROM_ENVIRONMENT, socketPath: address.path };
  const { host, port, tls } = address;
  if (tls === undefined) return { ...NOTHING_FROM_ENVIRONMENT, host, port };
  return { ...NOTHING_FROM_ENVIRONMENT, host, port, protocol: 'https', agent: await tlsAgent(tls) };
}

async function tlsAgent({ certPath, verify }: DaemonTls): Promise<Agent> {
  if (certPath === undefined) return new Agent({ rejectUnauthorized: verify });
  const read = (name: string): Promise<Buffer> => readFile(join(certPath, name));
  const [ca, cert, key] = await Promise.all([read('ca.pem'), read('cert.pem'), read('key.pem')]);
  return new Agent({ ca, cert, key, rejectUnauthorized: verify });
}

// A daemon makes its socket late, and a name in a cluster resolves late.
const STARTING = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ETIMEDOUT',
]);

function mayBeStarting(error: unknown): boolean {
  const { code, statusCode } = Object(error);
  return STARTING.has(code) || statusCode >= 500;
}

function unavailable(host: string, error: unknown): SyncError {
  const { message } = daemonFailure(error);
  return new SyncError('RELAY_UNAVAILABLE', {
    message: `cannot use the docker daemon at ${host}: ${message.trim()}`,
    hint: hintFor(error, message),
    cause: error,
  });
}

function hintFor(error: unknown, message: string): string {
  if (Object(error).code === 'EACCES') return 'let this process use the socket, e.g. by the group docker';
  if (/client version/.test(message))
    return 'leave docker.api-version and DOCKER_API_VERSION unset, the version is negotiated then';
  return 'start the daemon, point docker.dockerhost or DOCKER_HOST at one, or use relay: direct';
}
