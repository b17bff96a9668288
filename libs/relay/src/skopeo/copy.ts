import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CopyRequest,
  type CopyResult,
  type Digest,
  formatReference,
  isDigest,
  redact,
  type Side,
  SyncError,
} from '@regfleet/model';
import type { CopyContext } from '../contract.ts';
import { type Logins, withLogins } from '../logins.ts';
import { isMissingContent } from '../missing-content.ts';
import { onePlatform } from '../one-platform.ts';
import { copyArguments, type SideArguments } from './arguments.ts';
import { authFile } from './auth-file.ts';
import { certificatesOf } from './certificates.ts';
import { classifyFailure } from './classify.ts';
import { type DigestKeeping, keepingDigest } from './digest-keeping.ts';
import { withPrivateFolder } from './private-folder.ts';
import { probe } from './probe.ts';
import type { ProcessOptions } from './process.ts';
import { runSkopeo } from './run.ts';

export interface SkopeoOptions {
  /** Name or path of the program. */
  readonly binary: string;
  /** Folder of certificates for locations that name none. */
  readonly certsDir: string;
  /** How long a skopeo may move no byte; absent: ten minutes, which large uploads take to be put together. */
  readonly silenceMs?: number;
}

/** What all copies of a relay share. */
export interface SkopeoMeans {
  readonly options: SkopeoOptions;
  readonly keeping: DigestKeeping;
}

const DEFAULT_SILENCE_MS = 600_000;

/** One image by one skopeo process, unless both sides already answer the same manifest. */
export async function copyWithSkopeo(
  { options, keeping }: SkopeoMeans,
  request: CopyRequest,
  context: CopyContext,
): Promise<CopyResult> {
  onePlatform(request);
  const before = await probe(request, context);
  const known = before.sourceDigest === undefined ? {} : { sourceDigest: before.sourceDigest };
  if (before.isInSync && before.targetDigest !== undefined) {
    return { outcome: 'unchanged', targetDigest: before.targetDigest, ...known };
  }
  const targetDigest = await withLogins(request, context, (logins) =>
    copyWhole({ options, keeping, request, context, logins }),
  );
  const outcome = targetDigest === before.targetDigest ? 'unchanged' : 'copied';
  return { outcome, targetDigest, ...known };
}

/** One copy by one skopeo process. */
interface SkopeoCopy extends SkopeoMeans {
  readonly request: CopyRequest;
  readonly context: CopyContext;
  readonly logins: Logins;
}

async function copyWhole(copy: SkopeoCopy): Promise<Digest> {
  const { signal, logger } = copy.context;
  const run = (): Promise<Digest> => withPrivateFolder((folder) => runCopy(folder, copy));
  try {
    return await run();
  } catch (error) {
    if (signal.aborted || !isMissingContent(error)) throw error;
    logger.info({ error }, 'the target lacks content that was sent: copying again');
    return run();
  }
}

async function runCopy(folder: string, copy: SkopeoCopy): Promise<Digest> {
  const { request, context } = copy;
  const { silenceMs = DEFAULT_SILENCE_MS } = copy.options;
  const digestFile = join(folder, 'digest');
  const source = await sideArguments('source', folder, copy);
  const target = await sideArguments('target', folder, copy);
  const processOptions: ProcessOptions = {
    diesWithUs: true,
    silenceMs,
    signal: context.signal,
    onLine: (line) =>
      context.logger[context.verbose ? 'info' : 'debug']({ line: redact(line) }, 'skopeo says'),
  };
  const result = await keepingDigest({ ...copy, logger: context.logger }, (keepsDigest) =>
    runSkopeo(
      copy.options.binary,
      copyArguments({ request, source, target, digestFile, keepsDigest }),
      processOptions,
    ),
  );
  if (result.wasSilent) throw silentSkopeo(request, silenceMs);
  if (result.exitCode !== 0) throw classifyFailure(result, request);
  return readDigest(digestFile);
}

function silentSkopeo(request: CopyRequest, silenceMs: number): SyncError {
  return new SyncError('TIMED_OUT', {
    message: `skopeo moved no byte for ${silenceMs / 1000} s while it copied ${formatReference(request.source)} to ${formatReference(request.target)}`,
    hint: 'does one of the two registries hang? skopeo.silence says how long is too long',
    reference: formatReference(request.source),
  });
}

async function sideArguments(
  side: Side,
  folder: string,
  { options, request, context, logins }: SkopeoCopy,
): Promise<SideArguments> {
  const { location } = context[side];
  const { registry } = request[side];
  const certsDir = location.tls.certsDir || options.certsDir;
  const certificates = await certificatesOf(registry, certsDir, join(folder, `${side}-certificates`));
  const credentials = await logins.of(side);
  if (credentials === undefined) return { location, certificates };
  const file = join(folder, `${side}.json`);
  await writeFile(file, authFile(registry, credentials), { mode: 0o600, flag: 'wx' });
  return { location, certificates, authFile: file };
}

async function readDigest(digestFile: string): Promise<Digest> {
  const text = (await readFile(digestFile, 'utf8').catch(() => '')).trim();
  if (isDigest(text)) return text;
  throw new SyncError('RELAY_FAILED', {
    message: `skopeo ended well and wrote "${text}" where the digest of the copy should be`,
  });
}
