import { SyncError } from '@regfleet/model';
import type { Answer } from '../http/answer.ts';

/** What may be wrong with the content of a blob that a registry sends. */
export class BlobFlaws {
  readonly #place: { readonly registry: string; readonly reference: string };

  constructor(place: { readonly registry: string; readonly reference: string }) {
    this.#place = place;
  }

  truncated(bytes: number, sizeBytes: number): SyncError {
    return new SyncError('STREAM_TRUNCATED', {
      message: `the blob ${this.#place.reference} ended after ${bytes} of ${sizeBytes} bytes`,
      hint: 'is a proxy between here and the registry closing long connections?',
      ...this.#place,
    });
  }

  webPage({ url, status }: Pick<Answer, 'url' | 'status'>): SyncError {
    return new SyncError('RESPONSE_INVALID', {
      message: `cannot get the blob ${this.#place.reference}: ${url.host} answered with a web page`,
      hint: 'is a login page or proxy in between?',
      ...this.#place,
      httpStatus: status,
    });
  }

  /** @param how - as in `the blob X has more than its 5 bytes`. */
  wrong(how: string): SyncError {
    return new SyncError('DIGEST_MISMATCH', {
      message: `the blob ${this.#place.reference} ${how}`,
      hint: 'the registry does not hold what the manifest names; push the image there again',
      ...this.#place,
    });
  }
}
