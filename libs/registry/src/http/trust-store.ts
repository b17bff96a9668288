import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { BoundedMap, type Logger, SyncError } from '@regfleet/model';
import { exhausted } from './exhausted.ts';
import { readInTime } from './read-in-time.ts';

// Hosts with files of their own, and how long after the last connection to one: a config may leave them behind.
const MAX_HELD = 1_000;
const IDLE_MS = 25 * 60 * 60_000;

/** `unverified`: whoever answers is taken, so that no authority has to be known. */
export type Verification = 'verified' | 'unverified';

export interface HostTrust {
  readonly context: SecureContext;
  /** Differs as soon as another file is used. */
  readonly stamp: string;
  /** Files of the certificates that we show. */
  readonly clientCertificates: readonly string[];
}

/**
 * Whom TLS connections trust and as whom they identify: the roots of Node and of this machine, and per host the
 * `*.crt` (authorities) and `*.cert` with `*.key` (our certificates) of `<certsDir>/<host>`, as docker reads them.
 *
 * @see https://docs.docker.com/engine/security/certificates/
 */
export class TrustStore {
  /** What is in use, by where its files are; a rotation replaces it. Hosts without files of their own share `#plain`. */
  readonly #held: BoundedMap<string, HostTrust>;
  readonly #plain = new Map<Verification, HostTrust>();
  /** Those that have not returned, by where the files are: each holds a thread of this process. */
  readonly #reads = new Map<string, Promise<Loaded>>();
  readonly #readMs: number | undefined;
  readonly #logger: Logger;
  #roots: readonly string[] | undefined;
  #complaint: string | undefined;

  /**
   * @param now - epoch milliseconds; absent: the clock.
   * @param readMs - after so long a read has failed; absent: what suits files.
   */
  constructor(logger: Logger, now: () => number = Date.now, readMs?: number) {
    this.#logger = logger;
    this.#readMs = readMs;
    this.#held = new BoundedMap({ limit: MAX_HELD, maxAgeMs: IDLE_MS, now });
  }

  /** Hosts in memory. */
  get size(): number {
    return this.#held.size;
  }

  /**
   * What the files say at this moment.
   *
   * @param names - folders under `certsDir`; missing ones are empty.
   * @throws {SyncError} `TLS_FAILED` when a file cannot be read or used, `TIMED_OUT` when that takes long, at the first time;
   * afterwards the last files that could be used count, because a pair may be read while it is being replaced.
   */
  async of(certsDir: string, names: readonly string[], verification: Verification): Promise<HostTrust> {
    const place = JSON.stringify([certsDir, names, verification]);
    const folders = names.map((name) => join(certsDir, name));
    try {
      const asked = `the certificates in ${folders.join(' and ')}`;
      const look = () => this.#look(place, () => this.#read(folders, verification));
      const { files, trust } = await readInTime(asked, look, this.#readMs);
      if (files.length > 0) this.#held.set(place, trust);
      else this.#held.delete(place);
      if (files.length === 0) this.#plain.set(verification, trust);
      return trust;
    } catch (error) {
      const last = this.#held.use(place);
      if (last === undefined) throw error;
      this.#complain(error);
      return last;
    }
  }

  /** Joins whoever is at it. */
  #look(place: string, read: () => Promise<Loaded>): Promise<Loaded> {
    // Files are replaced one after another: what does not fit together may do so a moment later.
    const begin = () =>
      read()
        .catch(read)
        .finally(() => this.#reads.delete(place));
    const reading = this.#reads.get(place) ?? begin();
    this.#reads.set(place, reading);
    return reading;
  }

  /** Once for each complaint: the files are read every few seconds. */
  #complain(error: unknown): void {
    const text = String(error);
    if (text === this.#complaint) return;
    this.#complaint = text;
    this.#logger.warn({ error }, 'certificates cannot be used; the last ones that could stay in use');
  }

  async #read(folders: readonly string[], verification: Verification): Promise<Loaded> {
    const found = (await Promise.all(folders.map(certificateFiles))).flat();
    const files = found.map(({ path }) => path);
    const stamp = createHash('sha256')
      .update(JSON.stringify([verification, found]))
      .digest('hex');
    const known = [...this.#plain.values(), ...this.#held.values()].find((trust) => trust.stamp === stamp);
    if (known !== undefined) return { files, trust: known };
    // Loading the roots takes 0.1 s, which is spared where nobody is checked.
    const roots = verification === 'verified' ? this.#rootCertificates() : [];
    const clientCertificates = files.filter(hasExtension('.cert'));
    return { files, trust: { context: await this.#load(files, roots), stamp, clientCertificates } };
  }

  async #load(paths: readonly string[], roots: readonly string[]): Promise<SecureContext> {
    const read = (path: string): Promise<string> => readFile(path, 'utf8');
    try {
      const authorities = await Promise.all(paths.filter(hasExtension('.crt')).map(read));
      const certificates = paths.filter(hasExtension('.cert'));
      checkPairs(paths);
      const keys = certificates.map(keyOf);
      return createSecureContext({
        ca: [...roots, ...authorities],
        ...(certificates.length > 0 && {
          cert: await Promise.all(certificates.map(read)),
          key: await Promise.all(keys.map(read)),
        }),
      });
    } catch (error) {
      if (error instanceof SyncError) throw error;
      const lack = exhausted(error, `read ${paths.join(', ')}`);
      if (lack !== undefined) throw lack;
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

interface Loaded {
  readonly files: readonly string[];
  readonly trust: HostTrust;
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
    const lack = exhausted(error, `read ${folder}`);
    if (lack !== undefined) throw lack;
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

const keyOf = (certificate: string): string => certificate.replace(/\.cert$/, '.key');

/** Every certificate has its key, and every key its certificate: half a pair is shown to nobody. */
function checkPairs(paths: readonly string[]): void {
  for (const path of paths) {
    if (hasExtension('.cert')(path) && !paths.includes(keyOf(path))) {
      throw new SyncError('TLS_FAILED', {
        message: `there is no key for the client certificate ${path}`,
        hint: `put it into ${keyOf(path)}`,
      });
    }
    const certificate = path.replace(/\.key$/, '.cert');
    if (hasExtension('.key')(path) && !paths.includes(certificate)) {
      throw new SyncError('TLS_FAILED', {
        message: `there is no client certificate for the key ${path}`,
        hint: `put it into ${certificate}, or take the key away`,
      });
    }
  }
}
