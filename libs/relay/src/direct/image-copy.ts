import type { BoundedMap, Digest, HistoryRule, Logger, Manifest, Reference } from '@regfleet/model';
import type { RegistryClient } from '@regfleet/registry';
import type { SubjectLeases } from '../subject-leases.ts';
import type { BlobLocations } from './blob-locations.ts';
import type { FailurePredictor } from './failure-predictor.ts';
import type { KnownAnchors } from './history/known-anchors.ts';
import type { Place } from './located.ts';
import type { Progress } from './progress.ts';
import type { SharedBlobLocations } from './shared-blob-locations.ts';
import type { SharedContent } from './shared-content/shared-content.ts';
import type { WorkUnderWay } from './work-under-way.ts';

/** What all copies of a process share. */
export interface DirectState {
  readonly blobLocations: BlobLocations;
  readonly shared: SharedBlobLocations;
  readonly underWay: WorkUnderWay;
  /** By registry and repository. */
  readonly missingBlobs: FailurePredictor;
  /** By registry. */
  readonly refusedMounts: FailurePredictor;
  readonly blobsPerImage: number;
  /** Lets one at a time write the list of referrers of one subject. */
  readonly subjects: SubjectLeases;
  readonly anchors: KnownAnchors;
  readonly content: SharedContent;
  /** What of a target reference was about to be overwritten last, and since when that is tried. */
  readonly overwrites: BoundedMap<string, { readonly digest: Digest; readonly atMs: number }>;
}

/** One end of the copy at hand. */
interface End extends Place {
  readonly client: RegistryClient;
}

/** What the steps of one image's copy share. */
export interface ImageCopy {
  readonly state: DirectState;
  readonly source: End;
  readonly target: End;
  /** True: the target has the tag, with another content; much of the image is likely to be there. */
  readonly isUpdate: boolean;
  /** True: the target's repository had no tag; little of any image is likely to be there. */
  readonly isNewRepository: boolean;
  /** False once the target has shown that what we believed of its content is wrong. */
  readonly trustsBlobLocations: boolean;
  /** What stays of the tag when it is overwritten; absent: nothing. */
  readonly history?: HistoryRule;
  /** What goes under the target's name where the source has no such manifest; absent: it has. */
  readonly made?: Manifest;
  /** Blobs that are there by the target's own word in this pass: no manifest has shown it to be right yet. */
  readonly believed: Set<Digest>;
  /** Blobs of which its word was wrong, or is likely to have been: they are sent without asking. */
  readonly doubted: ReadonlySet<Digest>;
  /** Blobs that the target has taken from us, in whatever pass: of these its word is believed. */
  readonly sent: Set<Digest>;
  /**
   * Names the image once all below it is there; absent: it is put under its name at once.
   *
   * @param put - puts it under a tag or its digest.
   */
  readonly publish?: (put: (name: string) => Promise<Digest>, signal: AbortSignal) => Promise<Digest>;
  /** How many target registries the image goes to by copies of their own, this one included. */
  readonly amongTargets: number;
  readonly progress: Progress;
  readonly logger: Logger;
}

/** What the first pass of something believes of the target: what is remembered, and nothing of its own yet. */
export const firstPass = (): Pick<ImageCopy, 'trustsBlobLocations' | 'believed' | 'doubted' | 'sent'> => ({
  trustsBlobLocations: true,
  believed: new Set(),
  doubted: new Set(),
  sent: new Set(),
});

/** Whether the target's repository is known to hold a blob or manifest. */
export function isHeld({ state, source, target, trustsBlobLocations }: ImageCopy, digest: Digest): boolean {
  if (!trustsBlobLocations) return false;
  const { registry, repository } = target.reference;
  const isRetag = source.reference.registry === registry && source.reference.repository === repository;
  return isRetag || state.blobLocations.holds(registry, repository, digest);
}

/** The same repository, meaning one manifest by its digest. */
export function digestReference({ registry, repository }: Reference, digest: Digest): Reference {
  return { registry, repository, digest };
}
