import type { RunRecord } from '@regfleet/fleet';
import type { CopyProgress, CopyRequest, CopyResult, SyncError } from '@regfleet/model';
import { runProgressLine } from '../output/runs.ts';

/** What is told of images. */
export interface ImageEvents {
  onBytes(request: CopyRequest, progress: CopyProgress): void;
  onImage(request: CopyRequest, end: { result: CopyResult } | { error: SyncError }): void;
}

/**
 * How far the passes under way are.
 *
 * Begins anew with the first pass after a time without any: rates of a process that runs for days would say nothing.
 */
export class SyncProgress {
  readonly #now: () => number;
  readonly #runs = new Map<string, RunRecord>();
  readonly #underWay = new Map<CopyRequest, CopyProgress>();
  #startedAtMs = 0;
  #bytesOfEnded = 0;
  /** Of images that have ended, with what the target held. */
  #sizeOfEnded = 0;

  /** @param now - epoch milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** @returns true: it begins anew with this pass. */
  onChange(run: RunRecord): boolean {
    const isNew = [...this.#runs.values()].every(({ outcome }) => outcome !== undefined);
    if (isNew) {
      this.#runs.clear();
      this.#underWay.clear();
      this.#startedAtMs = this.#now();
      this.#bytesOfEnded = 0;
      this.#sizeOfEnded = 0;
    }
    this.#runs.set(run.task ?? run.id, run);
    return isNew;
  }

  onBytes(request: CopyRequest, progress: CopyProgress): void {
    this.#underWay.set(request, progress);
  }

  onImage(request: CopyRequest, end: Parameters<ImageEvents['onImage']>[1]): void {
    const progress = this.#underWay.get(request);
    const told = 'result' in end ? end.result.bytesCopied : undefined;
    this.#bytesOfEnded += told ?? movedOf(progress);
    this.#sizeOfEnded += progress?.bytesDone ?? 0;
    this.#underWay.delete(request);
  }

  /** One line. */
  get line(): string {
    const images = [...this.#underWay.values()];
    const measured = images.filter(({ bytesTotal }) => bytesTotal !== undefined);
    const sizes = {
      doneBytes: measured.reduce((sum, { bytesDone }) => sum + bytesDone, this.#sizeOfEnded),
      totalBytes: measured.reduce((sum, { bytesTotal = 0 }) => sum + bytesTotal, this.#sizeOfEnded),
      underWay: images.length,
    };
    return runProgressLine([...this.#runs.values()], {
      elapsedMs: this.#now() - this.#startedAtMs,
      bytesCopied: images.reduce((sum, progress) => sum + movedOf(progress), this.#bytesOfEnded),
      ...(measured.length > 0 && { sizes }),
      underWay: images.reduce((sum, progress) => sum + shareOf(progress), 0),
    });
  }
}

const movedOf = (progress: CopyProgress | undefined): number =>
  progress?.bytesCopied ?? progress?.bytesDone ?? 0;

/** From 0 to 1. */
const shareOf = ({ bytesDone, bytesTotal = 0 }: CopyProgress): number =>
  bytesTotal > 0 ? Math.min(1, bytesDone / bytesTotal) : 0;
