import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { SyncError } from '@regfleet/model';

export interface HostTrust {
  readonly context: SecureContext;
  /** Differs as soon as another file is used. */
  readonly stamp: string;
}

/**
 * Whom TLS connections trust and as whom they identify: the roots of Node and of this machine, and per host the
 * `*.crt` (authorities) and `*.cert` with `*.key` (our certificates) of `<certsDir>/<host>`, as docker reads them.
 *
 * @see https://docs.docker.com/engine/security/certificates/
 */
export class TrustStore {
  /** What is in use, by where its files are; a rotation replaces it. Hosts without files of their own share `#plain`. */
  readonly #held = new Map<string, HostTrust>();
  #plain: HostTrust | undefined;
  #roots: readonly string[] | undefined;

  /**
   * What the files say at this moment.
   *
   * @param names - folders under `certsDir`; missing ones are empty.
   * @throws {SyncError} `TLS_FAILED` when a file cannot be read or used.
   */
  async of(certsDir: string, names: readonly string[]): Promise<HostTrust> {
    const files = await Promise.all(names.map((name) => certificateFiles(join(certsDir, name))));
    const all = files.flat();
    const stamp = createHash('sha256').update(JSON.stringify(all)).digest('hex');
    const trust = this.#known(stamp) ?? { context: await this.#load(all.map((file) => file.path)), stamp };
    const place = JSON.stringify([certsDir, names]);
    if (all.length > 0) this.#held.set(place, trust);
    else this.#held.delete(place);
    if (all.length === 0) this.#plain = trust;
    return trust;
  }

  #known(stamp: string): HostTrust | undefined {
    if (this.#plain?.stamp === stamp) return this.#plain;
    return [...this.#held.values()].find((trust) => trust.stamp === stamp);
  }

  async #load(paths: readonly string[]): Promise<SecureContext> {
    const read = (path: string): Promise<string> => readFile(path, 'utf8');
    try {
      const authorities = await Promise.all(paths.filter(hasExtension('.crt')).map(read));
      const certificates = paths.filter(hasExtension('.cert'));
      const keys = certificates.map((path) => keyOf(path, paths));
      return createSecureContext({
        ca: [...this.#rootCertificates(), ...authorities],
        ...(certificates.length > 0 && {
          cert: await Promise.all(certificates.map(read)),
          key: await Promise.all(keys.map(read)),
        }),
      });
    } catch (error) {
      if (error instanceof SyncError) throw error;
      throw new SyncError('TLS_FAILED', {
        message: `certificates cannot be used: ${error instanceof Error ? error.message : String(error)}; files: ${paths.join(', ')}`,
        hint: 'the files hold PEM texts; *.cert and *.key belong together and the key has no passphrase',
        cause: error,
      });
    }
  }

  #rootCertificates(): readonly string[] {
    this.#roots ??= [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
    return this.#roots;
  }
}

interface CertificateFile {
  readonly path: string;
  /** Identity and times of the file behind all links. */
  readonly version: string;
}

const EXTENSIONS: ReadonlySet<string> = new Set(['.crt', '.cert', '.key']);

async function certificateFiles(folder: string): Promise<readonly CertificateFile[]> {
  try {
    const names = (await readdir(folder)).filter((name) => EXTENSIONS.has(extname(name))).sort();
    return await Promise.all(names.map((name) => certificateFile(join(folder, name))));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw new SyncError('TLS_FAILED', {
      message: `cannot read certificates in ${folder}: ${error instanceof Error ? error.message : String(error)}`,
      hint: 'the user that regfleet runs as must be able to read them',
      cause: error,
    });
  }
}

async function certificateFile(path: string): Promise<CertificateFile> {
  const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true });
  return { path, version: [dev, ino, size, mtimeNs].join(':') };
}

const hasExtension =
  (extension: string) =>
  (path: string): boolean =>
    extname(path) === extension;

function keyOf(certificate: string, paths: readonly string[]): string {
  const key = certificate.replace(/\.cert$/, '.key');
  if (paths.includes(key)) return key;
  throw new SyncError('TLS_FAILED', {
    message: `there is no key for the client certificate ${certificate}`,
    hint: `put it into ${key}`,
  });
}
