import { BoundedMap } from '@regfleet/model';
import { type Findings, LEARNT_MS } from '../session/findings.ts';

/** The body of an upload's request. */
export interface UploadBody {
  readonly method: 'PATCH' | 'PUT';
  readonly bytes: number;
}

/** What a registry takes as the body of an upload's request, learnt from what it has taken and refused. */
export class Intake {
  readonly #learnt: BoundedMap<'largest' | 'putRefused', number>;
  readonly #findings: Findings;
  readonly #taken = { PATCH: 0, PUT: 0 };

  /** @param now - epoch milliseconds. */
  constructor(now: () => number, findings: Findings) {
    this.#findings = findings;
    this.#learnt = new BoundedMap({ limit: 2, maxAgeMs: LEARNT_MS, now });
  }

  /** `Infinity`: nothing was refused for its size. */
  get largestBytes(): number {
    return this.#learnt.get('largest') ?? Number.POSITIVE_INFINITY;
  }

  /** True: content goes by PATCH, and the PUT that completes the upload has no body. */
  get refusesPut(): boolean {
    return this.#learnt.get('putRefused') !== undefined;
  }

  /** True: uploads are not sent in the form that costs least. */
  get hasLearnt(): boolean {
    return this.refusesPut || Number.isFinite(this.largestBytes);
  }

  took({ method, bytes }: UploadBody): void {
    this.#taken[method] = Math.max(this.#taken[method], bytes);
  }

  /** Whether it has taken a body like this, or a larger one: then neither form nor size is what it minds. */
  hasTaken({ method, bytes }: UploadBody): boolean {
    return this.#taken[method] >= Math.max(bytes, 1);
  }

  /** Whether it has taken a body by this method at all. */
  hasTakenBy(method: UploadBody['method']): boolean {
    return this.#taken[method] > 0;
  }

  lower(bytes: number): void {
    const largest = Math.min(bytes, this.largestBytes);
    this.#learnt.set('largest', largest);
    this.#findings.note({ kind: 'largest-body', bytes: largest });
  }

  refusePut(): void {
    this.#learnt.set('putRefused', 1);
    this.#findings.note({ kind: 'put-without-content' });
  }

  /** What was learnt does not help any more. */
  forget(): void {
    this.#learnt.clear();
    this.#findings.withdraw('largest-body');
    this.#findings.withdraw('put-without-content');
  }
}
