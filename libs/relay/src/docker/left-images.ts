import type { ImagesById } from './baseline.ts';
import type { Daemon, InspectedImage } from './daemon.ts';
import { repositoryOf } from './names.ts';

/** A name that a copy gives to its image on the daemon. */
export interface LeftName {
  readonly name: string;
  /** The image that had the name before; absent: none. */
  readonly priorId: string | undefined;
}

/** What a copy leaves on the daemon, and what is to be there once it is wiped away. */
export interface LeftImages {
  readonly names: readonly LeftName[];
  /** Images that are not ours. */
  readonly foreign: ImagesById;
  /** The repository whose digests stay with the image; absent: those of none. */
  readonly keptRepository?: string;
}

/** Puts the daemon's images back to what they were before the copy. Can be done again after a failure. */
export async function wipe(daemon: Daemon, leftImages: LeftImages): Promise<void> {
  const touched = new Set<string>();
  for (const { name, priorId } of leftImages.names) {
    const image = await daemon.find(name);
    if (image === undefined || image.id === priorId) continue;
    touched.add(image.id);
    await giveBack(daemon, { name, priorId }, mustSurvive(image.id, name, leftImages.foreign));
  }
  for (const id of touched) await forgetDigests(daemon, id, leftImages);
}

async function giveBack(daemon: Daemon, { name, priorId }: LeftName, survives: boolean): Promise<void> {
  if (priorId !== undefined && (await daemon.find(priorId)) !== undefined) await daemon.tag(priorId, name);
  else if (survives && !name.includes('@')) await daemon.release(name);
  else await daemon.remove(name);
}

/**
 * Whether removing a name would take more from a foreign image than this name.
 *
 * With the last tag of a repository a daemon removes the repository's digests as well, and with the last of all the image.
 */
function mustSurvive(id: string, name: string, foreign: ImagesById): boolean {
  const before = foreign.get(id);
  if (before === undefined) return false;
  const isSameRepository = (other: string): boolean => repositoryOf(other) === repositoryOf(name);
  if (before.tags.some(isSameRepository)) return false;
  return before.tags.length === 0 || before.digests.some(isSameRepository);
}

async function forgetDigests(
  daemon: Daemon,
  id: string,
  { foreign, keptRepository }: LeftImages,
): Promise<void> {
  const image = await daemon.find(id);
  if (image === undefined) return;
  const before = foreign.get(id);
  const isOurs = (name: string): boolean =>
    !before?.digests.includes(name) && repositoryOf(name) !== keptRepository;
  const removable = image.digests.filter(isOurs);
  // An image without any name before keeps one, which it would not outlive.
  const isLast = before !== undefined && removable.length === nameCount(image);
  for (const name of isLast ? removable.slice(1) : removable) await daemon.remove(name);
  if (before === undefined && nameCount(image) === 0) await daemon.remove(id);
}

const nameCount = ({ tags, digests }: InspectedImage): number => tags.length + digests.length;
