import type { Task } from '@regfleet/config';
import { RELAYS, type SerialisedSyncError, toSyncError } from '@regfleet/model';
import {
  addSizes,
  CopySize,
  type ImageSize,
  NO_SIZE,
  type PlanEntry,
  type TargetPlan,
} from '@regfleet/planner';
import { formatBytes } from './output/quantities.ts';

/** What copies of a task would cost. */
export interface TaskSize extends ImageSize {
  /** True: not all images are counted, since there are too many, a registry wants to be left alone, or some could not be planned. */
  readonly isCut: boolean;
}

/** What the size of a plan cannot tell. */
export function sizeWarnings({ relay, mappings }: Task): string[] {
  const what = `the ${relay} relay makes images anew: how much that moves cannot be told`;
  if (!RELAYS[relay].keepsManifestBytes) return [what];
  const hasReferrers = mappings.some(({ referrers }) => referrers !== undefined);
  return hasReferrers ? ['the size is that of the images, without referrers that go with them'] : [];
}

/** Sums up what the images of tasks cost; what an earlier task brings to a target is there for a later one. */
export class PlanSizes {
  readonly #signal: AbortSignal;
  readonly #copies: CopySize;
  #last: Promise<unknown> = Promise.resolve();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    this.#copies = new CopySize({ signal });
  }

  /** Absent: it cannot be told by the relay of the task. */
  of(task: Task): TaskSizes | undefined {
    if (!RELAYS[task.relay].keepsManifestBytes) return undefined;
    let size: TaskSize = { ...NO_SIZE, isCut: false };
    const add: TaskSizes['add'] = async (image, { task: { source, target }, ports }) => {
      if (image.drift.state === 'in-sync') return undefined;
      if (size.isCut || this.#copies.isFull) {
        size = { ...size, isCut: true };
        return undefined;
      }
      try {
        const sides = { source: ports.client(source), target: ports.client(target) };
        size = { ...size, ...addSizes(size, await this.#copies.add(image, sides)) };
      } catch (error) {
        this.#signal.throwIfAborted();
        const told = toSyncError(error);
        size = { ...size, isCut: told.kind === 'rate-limited' };
        return told.toJSON();
      }
      return undefined;
    };
    return {
      get size() {
        return size;
      },
      // One after the other, whichever target it is for: what one has counted is not counted by the next.
      add: (image, plan) => {
        const added = this.#last.then(() => add(image, plan));
        this.#last = added.catch(() => undefined);
        return added;
      },
    };
  }
}

export interface TaskSizes {
  readonly size: TaskSize;
  /** @returns why it cannot be told. */
  add(
    image: Extract<PlanEntry, { kind: 'image' }>,
    plan: TargetPlan,
  ): Promise<SerialisedSyncError | undefined>;
}

export function formatSize({ bytesToMove, bytesToMount, bytesThere, pulls, isCut }: TaskSize): string {
  const counts = [
    `${formatBytes(bytesToMove)} to move`,
    `${formatBytes(bytesToMount)} to mount at the target`,
    `${formatBytes(bytesThere)} there`,
    ...(pulls > 0 ? [`${pulls} ${pulls === 1 ? 'pull' : 'pulls'} of the source`] : []),
  ];
  return `${counts.join(', ')}${isCut ? '; not all of it' : ''}`;
}
