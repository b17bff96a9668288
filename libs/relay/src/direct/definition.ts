import { BoundedMap, type Digest } from '@regfleet/model';
import type { RelayDefinition } from '../contract.ts';
import { BlobLocations } from './blob-locations.ts';
import { copyDirectly } from './copy.ts';
import { FailurePredictor } from './failure-predictor.ts';
import { KnownAnchors } from './history/known-anchors.ts';
import { SubjectTurns } from './referrers/subject-turns.ts';
import { SharedBlobLocations } from './shared-blob-locations.ts';
import { SharedContent } from './shared-content/shared-content.ts';
import { WorkUnderWay } from './work-under-way.ts';

// Of one image at once; the registries' connection limits bound the sum.
const BLOBS_PER_IMAGE = 4;
// Garbage collection takes what no manifest names; an hour is far below any registry's grace period for uploads.
const HOLDINGS_TTL_MS = 60 * 60 * 1000;
// Some 20 MB.
const HOLDINGS_LIMIT = 100_000;
// For what the slower of several targets have not taken yet: half of what a worker takes without.
const CONTENT_BYTES = 64 * 1024 * 1024;
const APART_BYTES = 16 * 1024 * 1024;
// So long a target of 1 MB/s takes for all of that, twice. What nobody has come for by then, nobody is likely to.
const CONTENT_KEPT_MS = 2 * 60 * 1000;
// A copy is tried for hours at most.
const OVERWRITES_MS = 24 * 60 * 60 * 1000;
const OVERWRITES_REMEMBERED = 10_000;

/** Copies from registry to registry over the distribution API, with nothing else installed. */
export const directRelay: RelayDefinition = {
  open: async (_options, { logger, blobIndex, subjectLeases }) => {
    const blobLocations = new BlobLocations({ ttlMs: HOLDINGS_TTL_MS, limit: HOLDINGS_LIMIT });
    const state = {
      blobLocations,
      shared: new SharedBlobLocations(blobLocations, blobIndex, logger),
      underWay: new WorkUnderWay(),
      missingBlobs: new FailurePredictor(),
      refusedMounts: new FailurePredictor(),
      blobsPerImage: BLOBS_PER_IMAGE,
      subjects: new SubjectTurns(subjectLeases),
      anchors: new KnownAnchors(),
      content: new SharedContent({
        mostBytes: CONTENT_BYTES,
        apartBytes: APART_BYTES,
        keptMs: CONTENT_KEPT_MS,
      }),
      overwrites: new BoundedMap<string, { digest: Digest; atMs: number }>({
        limit: OVERWRITES_REMEMBERED,
        maxAgeMs: OVERWRITES_MS,
      }),
    };
    return {
      name: 'direct',
      copy: (request, context) => copyDirectly(state, request, context),
      close: () => Promise.resolve(),
    };
  },
};
