import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hash } from 'bcryptjs';
import type { CertificateAuthority } from './certificate-authority.ts';
import type { UsernamePassword } from './endpoint.ts';

/** What docker-registry is told about a token server. */
export interface TokenAuthority {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** PEM; the tokens' signatures are checked against it. */
  readonly certificate: string;
}

export interface RegistrySettings {
  /** Holds the images, over restarts. */
  readonly dir: string;
  /** Holds the config and the keys. */
  readonly configDir: string;
  readonly authority?: CertificateAuthority | undefined;
  readonly clientCertificate: boolean;
  readonly htpasswd?: UsernamePassword | undefined;
  readonly tokens?: TokenAuthority | undefined;
  readonly readOnly: boolean;
  readonly deleteEnabled: boolean;
  readonly pageLimit?: number | undefined;
}

/**
 * A writer of docker-registry's config for a port; it returns the file's path. JSON is YAML.
 *
 * @see https://github.com/distribution/distribution/blob/v2.8.2/docs/configuration.md
 */
export function registryConfig(settings: RegistrySettings): (port: number) => Promise<string> {
  // Uploads in progress carry it, and have to survive a restart.
  const secret = randomUUID();
  return async (port) => {
    const config = {
      version: '0.1',
      log: { level: 'info', accesslog: { disabled: true } },
      storage: {
        filesystem: { rootdirectory: settings.dir },
        delete: { enabled: settings.deleteEnabled },
        maintenance: { uploadpurging: { enabled: false }, readonly: { enabled: settings.readOnly } },
      },
      http: {
        addr: `127.0.0.1:${port}`,
        secret,
        ...(settings.authority && { tls: await writeTls(settings, settings.authority) }),
      },
      ...(settings.pageLimit !== undefined && { catalog: { maxentries: settings.pageLimit } }),
      ...(await authSection(settings)),
    };
    return write(settings, 'config.yml', JSON.stringify(config, undefined, 2));
  };
}

async function writeTls(settings: RegistrySettings, authority: CertificateAuthority): Promise<object> {
  const certificate = await write(settings, 'server.crt', authority.server.cert);
  const key = await write(settings, 'server.key', authority.server.key);
  const clientcas = settings.clientCertificate && [await write(settings, 'clients.crt', authority.ca)];
  return { certificate, key, ...(clientcas && { clientcas }) };
}

async function authSection(settings: RegistrySettings): Promise<object> {
  const { htpasswd, tokens } = settings;
  if (tokens !== undefined) {
    const { certificate, ...token } = tokens;
    const rootcertbundle = await write(settings, 'tokens.crt', certificate);
    return { auth: { token: { ...token, rootcertbundle } } };
  }
  if (htpasswd === undefined) return {};
  return { auth: { htpasswd: { realm: 'regfleet-test', path: await writePassword(settings, htpasswd) } } };
}

/** docker-registry reads the file again when it changes. */
export async function writePassword(
  settings: Pick<RegistrySettings, 'configDir'>,
  { username, password }: UsernamePassword,
): Promise<string> {
  // Four rounds, the least bcrypt knows: docker-registry computes them on every request.
  return write(settings, 'htpasswd', `${username}:${await hash(password, 4)}\n`);
}

async function write(
  settings: Pick<RegistrySettings, 'configDir'>,
  name: string,
  text: string,
): Promise<string> {
  await mkdir(settings.configDir, { recursive: true });
  const path = join(settings.configDir, name);
  await writeFile(path, text, { mode: 0o600 });
  return path;
}
