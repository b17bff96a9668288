import type { CopyRequest, CopyResult } from '@regfleet/model';
import type { CopyContext, RelayDefinition } from '../contract.ts';
import { endsSoon } from '../ends-soon.ts';
import { Baseline } from './baseline.ts';
import { connectDaemon, type DockerOptions } from './connect.ts';
import { copyThroughDaemon, type DockerState } from './copy.ts';
import { ImageCleanUp } from './image-clean-up.ts';
import { NameLocks } from './locks.ts';
import { TlsNotices } from './tls-notices.ts';

/** Copies by a docker daemon that pulls, tags and pushes, as dregsy does. */
export const dockerRelay: RelayDefinition<DockerOptions> = {
  open: async (options, { logger, signal = new AbortController().signal, env = {}, startup }) => {
    const search = { ...options, env, ...(startup && { startup }) };
    const daemon = await connectDaemon(search, { logger, signal });
    const copies = new Copies({
      daemon,
      keepImages: options.keepImages,
      locks: new NameLocks(),
      baseline: new Baseline(),
      imageCleanUp: new ImageCleanUp(daemon, logger),
      notices: new TlsNotices(),
    });
    return {
      name: 'docker',
      copy: (request, context) => copies.copy(request, context),
      close: () => copies.close(),
    };
  },
};

// The contract gives an aborted copy a second; a daemon may need longer to remove an image.
const ABORT_GRACE_MS = 800;

class Copies {
  readonly #state: DockerState;
  /** Those included that were aborted and still clean up. */
  readonly #running = new Set<Promise<unknown>>();

  constructor(state: DockerState) {
    this.#state = state;
  }

  async copy(request: CopyRequest, context: CopyContext): Promise<CopyResult> {
    const copying = copyThroughDaemon(this.#state, request, context);
    this.#running.add(copying);
    const forget = (): unknown => this.#running.delete(copying);
    copying.then(forget, forget);
    return endsSoon(copying, { signal: context.signal, graceMs: ABORT_GRACE_MS });
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#running);
    await this.#state.imageCleanUp.wipeAll();
  }
}
