import { type CopyWidth, FoundWidth, givenWidth } from '@regfleet/fleet';
import type { RequestEvent } from '@regfleet/registry';

// Beyond it registries that are far away gain little more, and memory and connections are taken for it.
const MOST_AT_ONCE = 32;

const REFUSALS: ReadonlySet<string> = new Set(['429', '503']);

/** What a process sends to registries and hears of them, as far as it tells how many copies are worth their while. */
export class Traffic {
  #width: FoundWidth | undefined;

  /**
   * How many copies this process runs at once.
   *
   * @param given - by the operator; absent: it is found out, from `least` on.
   */
  copyWidth(given: number | undefined, least: number): CopyWidth {
    if (given !== undefined) return givenWidth(given);
    this.#width = new FoundWidth({ least, most: Math.max(least, MOST_AT_ONCE), utilization: busyness() });
    return this.#width;
  }

  /** A request ended. */
  heard({ method, code }: Pick<RequestEvent, 'method' | 'code'>): void {
    if (REFUSALS.has(code)) this.#width?.refused();
    // Those are mostly of comparisons, of which there are as many whatever is copied.
    else if (method !== 'HEAD' && code !== 'error') this.#width?.answered();
  }

  /** A request waited for a rate or a pause. */
  waited(): void {
    this.#width?.waited();
  }
}

/** The share of its time that the process was busy between one call and the next. */
function busyness(): () => number {
  let before = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  };
}
