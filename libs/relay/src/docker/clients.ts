import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { join } from 'node:path';
import type Docker from 'dockerode';
import type { DaemonAddress, DaemonTls } from './address.ts';
import { boundAnswers } from './bounded-answers.ts';

export interface ClientSettings {
  /** The API version to speak, `1.41`; absent: the daemon's own. */
  readonly version?: string | undefined;
  /** Connections on which nothing comes for so long are cut; absent: none. */
  readonly timeoutMs?: number;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
}

/** Makes clients of one daemon. */
export type Clients = (settings: ClientSettings) => Docker;

/** Loads what speaks to daemons: 20 MiB, for which there has to be one. */
export async function clientsWith(options: ClientOptions): Promise<Clients> {
  const { default: DockerClient } = await import('dockerode');
  return ({ version, timeoutMs, signal }) => {
    const client = new DockerClient({ ...options, version: version && `v${version}`, timeout: timeoutMs });
    boundAnswers(client.modem, signal);
    return client;
  };
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
} as const;

export type ClientOptions = Docker.DockerOptions & { readonly agent?: Agent };

/** @throws the system's error where a file of `address` cannot be read. */
export async function clientOptions(address: DaemonAddress): Promise<ClientOptions> {
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
