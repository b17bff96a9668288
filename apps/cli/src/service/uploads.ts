import type { Fleet } from '@regfleet/queue';
import type { UploadNotes } from '@regfleet/registry';

const LOCKS = 2;

/**
 * Notes uploads of this process for the fleet.
 *
 * @param lockSeconds - after which copies of a dead process are given to another; its uploads are ended later.
 */
export function uploadNotes(fleet: Pick<Fleet, 'isAnswering' | 'uploads'>, lockSeconds: number): UploadNotes {
  const leaseMs = LOCKS * lockSeconds * 1000;
  // A note that could not be written costs an upload that nobody ends, one too many a question about an upload that is no more.
  const unlessAway = (act: () => Promise<unknown>): void => {
    if (fleet.isAnswering) void act().catch(() => undefined);
  };
  return {
    leaseMs,
    keep: (note) => unlessAway(() => fleet.uploads.keep(note, leaseMs)),
    drop: (note) => unlessAway(() => fleet.uploads.drop(note)),
  };
}
