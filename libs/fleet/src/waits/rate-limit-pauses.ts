import { parseRegistryName, rateLimitDelay, type Side, type SyncError } from '@regfleet/model';
import { sleepUntil, steadyNowMs } from './sleep.ts';

/** The registries that a piece of work talks to; one of them at least. */
export type Sides = { readonly [side in Side]?: string };

/** Planning and copying are refused apart from each other: Docker Hub's limit counts pulls, not questions. */
export type WorkKind = 'plan' | 'copy';

export interface PausesOptions {
  /** How often in a row a registry is waited for without having taken anything of a kind. */
  readonly mostInRow: number;
  /** Whoever asks for a longer wait is not waited for; default: as long as a registry may ask for. */
  readonly longestMs?: number;
  onPause(registry: string, error: SyncError, delayMs: number): void;
}

/** By `steadyNowMs`. */
interface Pause {
  readonly beganAtMs: number;
  readonly endsAtMs: number;
}

/**
 * Registries that asked to be left alone: what one request of this process is told holds for all of them, as the limit of
 * a lane does in a fleet.
 */
export class RateLimitPauses {
  readonly #options: PausesOptions;
  readonly #pauses = new Map<string, Pause>();
  readonly #inRow = new Map<string, number>();

  constructor(options: PausesOptions) {
    this.#options = options;
  }

  /** True: none of the registries is to be left alone. */
  areOver(sides: Sides): boolean {
    return this.#endOf(sides) <= steadyNowMs();
  }

  /** @throws the abort reason. */
  async over(sides: Sides, signal: AbortSignal): Promise<void> {
    while (!this.areOver(sides)) await sleepUntil(Date.now() + this.#endOf(sides) - steadyNowMs(), signal);
  }

  /** Work of that kind was done: its registries take such work again. */
  taken(sides: Sides, kind: WorkKind): void {
    if (this.#inRow.size === 0) return;
    for (const registry of hostsOf(sides)) this.#inRow.delete(rowKey(registry, kind));
  }

  /** A new piece of work begins at these registries, which is not to be charged with what refused another one. */
  beginAnew(sides: Sides): void {
    for (const kind of ['plan', 'copy'] as const) this.taken(sides, kind);
  }

  /**
   * Leaves the registry alone whose answer `error` is.
   *
   * @param work.beganAtMs - of the request that was refused, by `steadyNowMs`.
   * @returns false: it refused too often in a row, or asks for too long; the error stands.
   */
  begin(error: SyncError, work: { sides: Sides; kind: WorkKind; beganAtMs: number }): boolean {
    const delayMs = rateLimitDelay(error.retryAfterMs);
    if (delayMs === undefined || delayMs > (this.#options.longestMs ?? delayMs)) return false;
    const registry = refusing(error, work.sides);
    const endsAtMs = steadyNowMs() + delayMs;
    const last = this.#pauses.get(registry);
    // Several requests on their way are refused at once: that is one refusal, and the longest wait of them counts.
    if (last !== undefined && work.beganAtMs <= last.beganAtMs) {
      this.#pauses.set(registry, { ...last, endsAtMs: Math.max(last.endsAtMs, endsAtMs) });
      return true;
    }
    const row = rowKey(registry, work.kind);
    const inRow = (this.#inRow.get(row) ?? 0) + 1;
    if (inRow > this.#options.mostInRow) return false;
    this.#inRow.set(row, inRow);
    this.#pauses.set(registry, { beganAtMs: steadyNowMs(), endsAtMs });
    this.#options.onPause(registry, error, delayMs);
    return true;
  }

  #endOf(sides: Sides): number {
    return Math.max(...hostsOf(sides).map((registry) => this.#pauses.get(registry)?.endsAtMs ?? 0));
  }
}

const rowKey = (registry: string, kind: WorkKind): string => `${kind} ${registry}`;

const hostsOf = ({ source, target }: Sides): string[] =>
  [source, target].filter((registry) => registry !== undefined);

/** Whose answer it is: a tool behind a relay may not tell, and most limits are of those who give. */
function refusing(error: SyncError, sides: Sides): string {
  const hosts = hostsOf(sides);
  const named = error.registry === undefined ? undefined : parseRegistryName(error.registry).host;
  const told = named !== undefined && hosts.includes(named) ? named : error.side && sides[error.side];
  return told ?? hosts[0] ?? '';
}
