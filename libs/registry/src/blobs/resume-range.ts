import { isSyncError } from '@regfleet/model';

type Form = 'open' | 'closed' | 'none';

const NEXT: Readonly<Record<Form, Form | undefined>> = { open: 'closed', closed: 'none', none: undefined };

// Gateways and stores refuse ranges with whatever they refuse what they do not know. What says that the blob or the login is
// at fault, or asks for patience, is no word about the range.
const ABOUT_SOMETHING_ELSE: ReadonlySet<number> = new Set([401, 404, 407, 408, 410, 429]);

/**
 * How the rest of a blob is asked for: from an offset on, else from there to the end that the manifest tells, else the whole
 * blob again. What was refused is not asked again by the same download.
 */
export class ResumeRange {
  readonly #sizeBytes: number;
  #form: Form = 'open';

  constructor(sizeBytes: number) {
    this.#sizeBytes = sizeBytes;
  }

  /** What to send to go on at an offset. */
  headers(offset: number): Readonly<Record<string, string>> {
    if (offset === 0 || this.#form === 'none') return {};
    return { range: `bytes=${offset}-${this.#form === 'closed' ? this.#sizeBytes - 1 : ''}` };
  }

  /** True: what the request at that offset was answered may be due to its range, and the next one has another or none. */
  isRefusedBy(error: unknown, offset: number): boolean {
    const status = isSyncError(error) ? error.httpStatus : undefined;
    const next = NEXT[this.#form];
    if (offset === 0 || next === undefined || status === undefined) return false;
    const isRefusal = status === 501 || (status >= 400 && status < 500 && !ABOUT_SOMETHING_ELSE.has(status));
    if (isRefusal) this.#form = next;
    return isRefusal;
  }
}
