import type { RelayDefinition } from '../contract.ts';
import type { BlobIndex } from './blob-index.ts';
import { copyImage } from './copy.ts';
import { FailureStreaks } from './failure-streaks.ts';
import { Flights } from './flights.ts';
import { Holdings } from './holdings.ts';
import { SharedHoldings } from './shared-holdings.ts';

export interface DirectOptions {
  /** What the fleet knows of the targets' blobs; absent: each process knows what it has seen itself. */
  readonly blobIndex?: BlobIndex;
  /** Blobs of one image that move at once; default 4. The registries' connection limits bound the sum. */
  readonly blobsPerImage?: number;
}

const DEFAULT_BLOBS_PER_IMAGE = 4;
// Garbage collection takes what no manifest names; an hour is far below any registry's grace period for uploads.
const HOLDINGS_TTL_MS = 60 * 60 * 1000;
// Some 20 MB.
const HOLDINGS_LIMIT = 100_000;

/** Copies from registry to registry over the distribution API, with nothing else installed. */
export const directRelay: RelayDefinition<DirectOptions> = {
  name: 'direct',
  open: async ({ blobIndex, blobsPerImage = DEFAULT_BLOBS_PER_IMAGE }, { logger }) => {
    const holdings = new Holdings({ ttlMs: HOLDINGS_TTL_MS, limit: HOLDINGS_LIMIT });
    const state = {
      holdings,
      shared: new SharedHoldings(holdings, blobIndex, logger),
      flights: new Flights(),
      missingBlobs: new FailureStreaks(),
      refusedMounts: new FailureStreaks(),
      blobsPerImage,
    };
    return {
      name: 'direct',
      copy: (request, context) => copyImage(state, request, context),
      close: () => Promise.resolve(),
    };
  },
};
