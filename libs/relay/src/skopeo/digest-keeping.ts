import { type CopyRequest, type ErrorCode, formatReference, type Logger, redact } from '@regfleet/model';
import { saysImmutable } from '@regfleet/registry';
import { inOrder } from '../failure-pattern.ts';
import { classifyFailure } from './classify.ts';
import { fatalMessage } from './fatal-message.ts';
import type { ProcessResult } from './process.ts';

/** What the copies of a relay have learnt of their program. */
export interface DigestKeeping {
  /** False: this skopeo does not know `--preserve-digests`. */
  isKnown: boolean;
}

interface KeptCopy {
  readonly request: CopyRequest;
  readonly keeping: DigestKeeping;
  readonly logger: Logger;
}

/**
 * Runs skopeo so that it keeps the digest of the image, and where that cannot be so that it may convert it, which is logged.
 *
 * By itself it compresses layers that are not, and gives the manifest another form where the target refuses that of the
 * source. Signatures do not fit what comes out.
 */
export async function keepingDigest(
  { request, keeping, logger }: KeptCopy,
  run: (keepsDigest: boolean) => Promise<ProcessResult>,
): Promise<ProcessResult> {
  if (!keeping.isKnown) return run(false);
  const result = await run(true);
  if (result.exitCode === undefined || result.exitCode === 0) return result;
  const why = redact(fatalMessage(result.stderr));
  if (/unknown flag: --preserve-digests/.test(why)) {
    if (keeping.isKnown) {
      logger.warn(
        {},
        'this skopeo is too old to keep digests: images that it converts have others, and signatures do not fit them',
      );
    }
    keeping.isKnown = false;
    return run(false);
  }
  // A digest as its name is kept, or the copy fails.
  if (request.target.tag === undefined || !wantsConversion(result, request)) return result;
  logger.warn(
    { reference: formatReference(request.target), why },
    'the target does not take the image as it is, so skopeo may convert it: its digest may differ, and signatures of the image do not fit it then',
  );
  return run(false);
}

/** Whether skopeo failed over something that it would change if it might. */
function wantsConversion(result: ProcessResult, request: CopyRequest): boolean {
  const message = fatalMessage(result.stderr);
  if (/instructed to preserve digests/i.test(message)) return true;
  const { code, side } = classifyFailure(result, request);
  // Nor does a tag that may not be moved take another form.
  const isRefusal = side === 'target' && PERHAPS_FORM.has(code);
  return isRefusal && !saysImmutable(message) && REFUSED_FORM.test(message);
}

// What has a meaning of its own, as a refused login, is none of a form.
const PERHAPS_FORM: ReadonlySet<ErrorCode> = new Set([
  'MANIFEST_INVALID',
  'MEDIA_TYPE_UNSUPPORTED',
  'RELAY_FAILED',
  'REQUEST_REFUSED',
]);

// After what skopeo tries another form by itself: the codes MANIFEST_INVALID, TAG_INVALID and UNSUPPORTED in its words, and 415.
const REFUSED_FORM = inOrder('uploading manifest ', /manifest invalid|tag invalid|unsupported|\b415\b/gi);
