import type { RelayDefinition } from '../contract.ts';
import { Baseline } from './baseline.ts';
import { connectDaemon, type DockerOptions } from './connect.ts';
import { copyImage } from './copy.ts';
import { Leftovers } from './leftovers.ts';
import { NameLocks } from './locks.ts';
import { TlsNotices } from './tls-notices.ts';

/** Copies by a docker daemon that pulls, tags and pushes, as dregsy does. */
export const dockerRelay: RelayDefinition<DockerOptions> = {
  name: 'docker',
  open: async (options, { logger, signal = new AbortController().signal }) => {
    const daemon = await connectDaemon(options, { logger, signal });
    const leftovers = new Leftovers(daemon, logger);
    const state = {
      daemon,
      keepImages: options.keepImages,
      locks: new NameLocks(),
      baseline: new Baseline(),
      leftovers,
      notices: new TlsNotices(),
    };
    return {
      name: 'docker',
      copy: (request, context) => copyImage(state, request, context),
      close: () => leftovers.wipeAll(),
    };
  },
};
