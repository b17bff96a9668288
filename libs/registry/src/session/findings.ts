import { BoundedMap, type Logger } from '@regfleet/model';
import type { Greeting } from '../auth/greeting.ts';
import type { Finding } from '../contract.ts';
import type { Answer } from '../http/answer.ts';
import type { Endpoint } from '../http/endpoint.ts';

/** How long what a registry takes and refuses is kept: a task that runs once a day finds what was learnt the day before. */
export const LEARNT_MS = 25 * 60 * 60_000;

// More than there are kinds.
const MAX_FINDINGS = 64;

export interface FindingsParts {
  readonly endpoint: Endpoint;
  readonly greeting: Greeting;
}

interface Question {
  readonly method: string;
  readonly path: string;
  readonly subject: string;
}

/** What was found out of the ways of a registry; told to whoever asks, and the moment it is found as a debug log. */
export class Findings {
  readonly #parts: FindingsParts;
  readonly #logger: Logger;
  readonly #registry: string;
  readonly #noted: BoundedMap<string, Finding>;
  #unanswered: { readonly path: string; readonly status: number } | undefined;

  constructor(parts: FindingsParts) {
    const { logger, registry, now } = parts.endpoint.transport.settings;
    this.#parts = parts;
    this.#logger = logger;
    this.#registry = registry;
    this.#noted = new BoundedMap({ limit: MAX_FINDINGS, maxAgeMs: LEARNT_MS, now });
  }

  all(): readonly Finding[] {
    const { endpoint, greeting } = this.#parts;
    const { mostAtOnce } = endpoint.transport;
    return [
      ...(endpoint.isPlain ? [{ kind: 'plain-http' } as const] : []),
      ...(greeting.hasAsked ? [{ kind: 'login-asked-at-base' } as const] : []),
      ...(mostAtOnce === undefined ? [] : [{ kind: 'requests-at-once', count: mostAtOnce } as const]),
      ...this.#noted.values(),
    ];
  }

  has(kind: Exclude<Finding['kind'], 'head-refused'>): boolean {
    return this.#noted.get(kind) !== undefined;
  }

  note(finding: Finding): void {
    const key = keyOf(finding);
    const isNew = JSON.stringify(this.#noted.get(key)) !== JSON.stringify(finding);
    this.#noted.set(key, finding);
    if (isNew) this.#logger.debug({ registry: this.#registry, finding }, 'learnt how the registry works');
  }

  /** It does not hold any more. */
  withdraw(kind: Finding['kind']): void {
    this.#noted.delete(kind);
  }

  /** A HEAD that tells nothing is told of a manifest once a GET has answered instead: both may be refused for the same reason. */
  unanswered({ path, subject }: Question, { status }: Answer): void {
    if (status === 401) return;
    if (subject === 'manifest') this.#unanswered = { path, status };
    if (subject === 'blob') this.note({ kind: 'head-refused', of: 'blob', status });
  }

  answered({ method, path }: Question, { status }: Answer): void {
    if (method !== 'GET' || path !== this.#unanswered?.path) return;
    if (status === 200 || status === 404)
      this.note({ kind: 'head-refused', of: 'manifest', status: this.#unanswered.status });
    this.#unanswered = undefined;
  }
}

const keyOf = (finding: Finding): string =>
  finding.kind === 'head-refused' ? `${finding.kind} ${finding.of}` : finding.kind;
