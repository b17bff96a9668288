/** What a hold keeps from going on. */
export type HoldScope =
  | { readonly kind: 'everything' }
  /** Expansions of that task, and copies of its runs. */
  | { readonly kind: 'task'; readonly task: string }
  /** Copies from and to it, and listings of it: the host, as references carry it. */
  | { readonly kind: 'registry'; readonly registry: string };

/** `operator`: somebody wants it so. `outage`: the registry is down. `login`: it refuses the account. */
export type HoldCause = (typeof HOLD_CAUSES)[number];

export const HOLD_CAUSES = ['operator', 'outage', 'login'] as const;

/** Something that is to wait, in the whole fleet, without an attempt being spent. */
export interface Hold {
  readonly scope: HoldScope;
  readonly cause: HoldCause;
  /** For people. */
  readonly reason: string;
  /** Who wants it so, for people; absent: nobody said. */
  readonly by?: string;
  /** Epoch milliseconds, as `untilMs`. */
  readonly sinceMs: number;
  /** Absent: until it is lifted. */
  readonly untilMs?: number;
  /** What is under way is handed back at once, instead of getting the time to end. */
  readonly isImmediate?: boolean;
}

/** Work that may be held: a copy or a question to a registry, by what of it is known. A lane is one, too. */
export interface WorkParts {
  readonly source?: string;
  readonly target?: string;
  /** That it is for. */
  readonly task?: string | undefined;
}

export interface NewHold extends Pick<Hold, 'scope' | 'cause' | 'reason' | 'by' | 'isImmediate'> {
  /** How long it lasts; absent: until it is lifted. */
  readonly forMs?: number;
}

/**
 * What the fleet holds back. Every process hears of a change within two seconds, and of its store gone, goes by what it heard
 * last; where the store was emptied, processes that still know of a hold place it again.
 */
export interface Holds {
  /** As far as this process has heard. */
  readonly current: readonly Hold[];
  /** As the store has them, the oldest first. */
  list(): Promise<readonly Hold[]>;
  /** Takes the place of the one with the same scope and cause. */
  place(hold: NewHold): Promise<void>;
  /** @returns whether there was one. */
  lift(scope: HoldScope, cause: HoldCause): Promise<boolean>;
  /** Whether the work has to wait; true, too, while that is not known yet. */
  isHeld(work: WorkParts): boolean;
  /** Resolves when nothing holds the work. @throws the signal's reason. */
  lifted(work: WorkParts, signal: AbortSignal): Promise<void>;
  /**
   * Keeps work waiting in this process alone, of which no list tells.
   *
   * @returns ends that before its time.
   */
  withhold(scope: HoldScope, forMs: number): () => void;
  /** Calls `listener` whenever `current` has become another. @returns stops that. */
  listen(listener: () => void): () => void;
}

/** Equal for two scopes that are the same. */
export function scopeName(scope: HoldScope): string {
  switch (scope.kind) {
    case 'everything':
      return 'everything';
    case 'task':
      return `task ${scope.task}`;
    case 'registry':
      return `registry ${scope.registry}`;
  }
}

const SCOPE_NAME = /^(?:(everything)|task (.+)|registry (.+))$/s;

/** Absent for what `scopeName` does not make. */
export function parseScopeName(name: string): HoldScope | undefined {
  const [, everything, task, registry] = SCOPE_NAME.exec(name) ?? [];
  if (everything !== undefined) return { kind: 'everything' };
  if (task !== undefined) return { kind: 'task', task };
  return registry === undefined ? undefined : { kind: 'registry', registry };
}

/** Whether the work has to wait for it. */
export function holdsBack({ scope }: Pick<Hold, 'scope'>, { source, target, task }: WorkParts): boolean {
  switch (scope.kind) {
    case 'everything':
      return true;
    case 'task':
      return scope.task === task;
    case 'registry':
      return scope.registry === source || scope.registry === target;
  }
}
