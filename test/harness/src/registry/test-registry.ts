import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ServerProcess, type ServerProgram, type Started, startOnPort } from '../processes/server-process.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { certificateAuthority } from './certificate-authority.ts';
import { writeCertsDir } from './certs-dir.ts';
import type { ClientTls, RegistryEndpoint, UsernamePassword } from './endpoint.ts';
import { registryConfig, type TokenAuthority, writePassword } from './registry-config.ts';

export interface RegistryOptions {
  /** A server certificate of the process's own authority. */
  readonly tls?: boolean;
  /** TLS in which the client has to show a certificate of that authority too. */
  readonly clientCertificate?: boolean;
  readonly htpasswd?: UsernamePassword;
  /** Where tokens come from; its first user becomes `credentials`. */
  readonly tokenServer?: TokenAuthority & { readonly users: readonly UsernamePassword[] };
  /** Where the images live; absent: a temporary folder that `stop` removes. */
  readonly dir?: string;
  /** Refuses writes; `dir` then is best a folder that another registry has filled. */
  readonly readOnly?: boolean;
  /** Default true. */
  readonly deleteEnabled?: boolean;
  /** Largest page of `_catalog`; asking for a larger one is an error 400. docker-registry 2.8 never pages tags. */
  readonly pageLimit?: number;
  /** Absent: a random free one. */
  readonly port?: number;
  /** The path of another release of it; absent: Debian's. */
  readonly program?: string;
}

const CONFIG_DIR = 'config';

/** A real docker-registry (distribution 2.8) on 127.0.0.1. */
export class TestRegistry extends ServerProcess implements RegistryEndpoint {
  readonly dir: string;
  /**
   * Holds `<host>/{ca.crt,client.cert,client.key}` under `127.0.0.1`, `127.0.0.1:PORT` and `localhost`; empty
   * without TLS.
   */
  readonly certsDir: string;
  readonly credentials: UsernamePassword | undefined;
  readonly tls: ClientTls | undefined;

  constructor(started: Started, access: Pick<TestRegistry, 'dir' | 'certsDir' | 'credentials' | 'tls'>) {
    super(started);
    this.dir = access.dir;
    this.certsDir = access.certsDir;
    this.credentials = access.credentials;
    this.tls = access.tls;
  }

  /** Takes another password from its user from now on; with `htpasswd` only. */
  async setPassword(password: string): Promise<void> {
    const username = this.credentials?.username ?? '';
    await writePassword({ configDir: join(dirname(this.certsDir), CONFIG_DIR) }, { username, password });
  }

  /** What `docker-registry garbage-collect --delete-untagged` removes: all that no tag names, children of tagged indexes among it. */
  async collectGarbage(): Promise<void> {
    const config = join(dirname(this.certsDir), CONFIG_DIR, 'config.yml');
    await promisify(execFile)('docker-registry', ['garbage-collect', '--delete-untagged', config]);
  }

  get url(): string {
    return `${this.tls === undefined ? 'http' : 'https'}://${this.host}`;
  }
}

export async function startRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  const folder = await temporaryFolder();
  const dir = options.dir ?? join(folder.path, 'images');
  const certsDir = join(folder.path, 'certs.d');
  const authority = options.tls || options.clientCertificate ? await certificateAuthority() : undefined;
  const tls = authority && { ca: authority.ca, ...(options.clientCertificate && authority.client) };
  const config = registryConfig({
    dir,
    configDir: join(folder.path, CONFIG_DIR),
    authority,
    clientCertificate: options.clientCertificate ?? false,
    htpasswd: options.htpasswd,
    tokens: options.tokenServer,
    readOnly: options.readOnly ?? false,
    deleteEnabled: options.deleteEnabled ?? true,
    pageLimit: options.pageLimit,
  });
  const program: ServerProgram = {
    argv: async (port) => [options.program ?? 'docker-registry', 'serve', await config(port)],
    ready: /listening on/,
    cleanUp: folder.stop,
  };
  const started = await startOnPort(program, options.port);
  await writeCertsDir(certsDir, ['127.0.0.1', `127.0.0.1:${started.port}`, 'localhost'], tls);
  const credentials = options.htpasswd ?? options.tokenServer?.users[0];
  return new TestRegistry(started, { dir, certsDir, credentials, tls });
}
