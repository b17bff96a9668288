import { join } from 'node:path';
import { SyncError } from '@regfleet/model';
import { homeFolder } from '@regfleet/registry';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a docker daemon listens. */
export type DaemonAddress =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'http'; readonly host: string; readonly port: number; readonly tls?: DaemonTls };

export interface DaemonTls {
  /** Holds `ca.pem`, `cert.pem` and `key.pem`; absent: the system's authorities, and no certificate of ours. */
  readonly certPath?: string;
  readonly verify: boolean;
}

export const DEFAULT_HOST =
  process.platform === 'win32' ? 'npipe:////./pipe/docker_engine' : 'unix:///var/run/docker.sock';

const ADDRESS = /^(?<protocol>[a-z]+):\/\/(?<rest>.+)$/i;

/**
 * Reads `proto://addr` as docker does.
 *
 * @param tls - of `tcp` addresses; absent: plain HTTP.
 * @throws {SyncError} `RELAY_UNAVAILABLE` when it is no address, or one of a protocol that is not spoken here.
 */
export function parseAddress(text: string, tls?: DaemonTls): DaemonAddress {
  const { protocol = '', rest = '' } = ADDRESS.exec(text)?.groups ?? {};
  switch (protocol.toLowerCase()) {
    case 'unix':
    case 'npipe':
      return { kind: 'socket', path: rest };
    case 'tcp':
      return httpAddress(text, tls);
    case 'http':
      return httpAddress(text, undefined);
    case 'https':
      return httpAddress(text, tls ?? { verify: true });
    default:
      throw addressInvalid(text);
  }
}

/**
 * The TLS of `tcp` addresses that docker's variables ask for; absent: none. The certificates of a user without a home folder are the
 * system's, as docker's own command has it.
 *
 * @see https://pkg.go.dev/github.com/docker/docker/client#FromEnv
 */
export function tlsOf(env: Environment, homeOf = homeFolder): DaemonTls | undefined {
  const verify = (env.DOCKER_TLS_VERIFY ?? '') !== '';
  if (env.DOCKER_CERT_PATH) return { certPath: env.DOCKER_CERT_PATH, verify };
  if (!verify) return undefined;
  const home = homeOf(env);
  return home === undefined ? { verify } : { certPath: join(home, '.docker'), verify };
}

const PLAIN_PORT = 2375;
const TLS_PORT = 2376;

function httpAddress(text: string, tls: DaemonTls | undefined): DaemonAddress {
  const url = URL.parse(text.replace(/^[a-z]+/i, 'tcp'));
  if (url === null || url.hostname === '') throw addressInvalid(text);
  const port = url.port === '' ? (tls === undefined ? PLAIN_PORT : TLS_PORT) : Number(url.port);
  return { kind: 'http', host: url.hostname, port, ...(tls !== undefined && { tls }) };
}

const addressInvalid = (text: string): SyncError =>
  new SyncError('RELAY_UNAVAILABLE', {
    message: `"${text}" is not an address of a docker daemon`,
    hint: 'write unix:///path/to/socket or tcp://host:port in docker.dockerhost or DOCKER_HOST',
  });
