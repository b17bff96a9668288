import { type Descriptor, formatReference, isSyncError, SyncError } from '@regfleet/model';
import type { BlobReader } from '@regfleet/registry';
import type { ImageCopy } from './image-copy.ts';
import { at } from './located.ts';
import type { WantedBlob } from './shared-content/shared-content.ts';

// What an upload says when the bytes it was given are wrong: the source's doing.
const SOURCE_FAULTS: ReadonlySet<string> = new Set(['DIGEST_MISMATCH', 'STREAM_TRUNCATED']);

/**
 * Streams a blob from the source to the target.
 *
 * @param location - of an upload that the target has opened already.
 */
export async function uploadFromSource(
  copy: ImageCopy,
  blob: Descriptor,
  location: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { source, target, progress } = copy;
  const opened = new SourceStream(copy, blob, signal);
  const onBytes = (bytes: number): void => progress.advance(blob, bytes);
  const options = { signal, onBytes, ...(location !== undefined && { location }) };
  try {
    await at(target, signal, () =>
      target.client
        .uploadBlob(target.reference.repository, blob, (ended) => opened.open(ended), options)
        .catch(opened.blame),
    );
  } finally {
    opened.close();
  }
  opened.taken();
  progress.sent(blob);
  copy.logger.debug({ digest: blob.digest, from: source.reference.registry }, 'blob copied');
}

/** The source's end of an upload: remembers its failure, since the upload reports it as its own. */
class SourceStream {
  readonly #copy: ImageCopy;
  readonly #blob: Descriptor;
  readonly #signal: AbortSignal;
  #reader: BlobReader | undefined;
  #failure: unknown;

  constructor(copy: ImageCopy, blob: Descriptor, signal: AbortSignal) {
    this.#copy = copy;
    this.#blob = blob;
    this.#signal = signal;
  }

  async open(ended: AbortSignal): Promise<BlobReader> {
    this.close();
    this.#failure = undefined;
    const { client, reference } = this.#copy.source;
    try {
      const signal = AbortSignal.any([this.#signal, ended]);
      const reader = this.#isShared
        ? await this.#copy.state.content.open(this.#wanted, signal)
        : await client.getBlob(reference.repository, this.#blob, { signal });
      this.#reader = reader;
      return { read: () => reader.read().catch(this.#note), close: () => reader.close() };
    } catch (error) {
      return this.#note(error);
    }
  }

  /** The target has it. */
  taken(): void {
    const { state, target, amongTargets } = this.#copy;
    if (this.#isShared) state.content.took(this.#wanted, target.reference.registry, amongTargets);
  }

  get #isShared(): boolean {
    return this.#copy.amongTargets > 1;
  }

  get #wanted(): WantedBlob {
    const { client, reference } = this.#copy.source;
    return { client, repository: reference.repository, blob: this.#blob };
  }

  readonly #note = (error: unknown): never => {
    this.#failure ??= error;
    throw error;
  };

  close(): void {
    this.#reader?.close();
  }

  /** Throws the error of an upload anew, with the side that is to blame. */
  readonly blame = (error: unknown): never => {
    const own = isSyncError(this.#failure) ? this.#failure : undefined;
    const fault = own ?? (isSyncError(error) && SOURCE_FAULTS.has(error.code) ? error : undefined);
    if (fault === undefined) throw error;
    this.#copy.state.content.forget(this.#wanted);
    const { reference } = this.#copy.source;
    throw new SyncError(fault.code, {
      message: fault.message,
      hint: fault.hint,
      side: 'source',
      reference: formatReference(reference),
      registry: reference.registry,
      httpStatus: fault.httpStatus,
      retryAfterMs: fault.retryAfterMs,
      cause: fault,
    });
  };
}
