import { BoundedMap, type Logger, type RepositoryOptions, SingleFlight } from '@regfleet/model';
import type { RepositoryCreator, RequestOptions } from '../../contract.ts';
import type { EcrAccount } from './accounts.ts';
import type { EcrApi } from './api.ts';
import { isAwsException } from './errors.ts';

// Somebody may delete a repository while the fleet runs; an hour bounds how long pushes to it fail.
const REMEMBERED_MS = 60 * 60_000;

// The most that one account may have by default: https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html
const MAX_KNOWN = 100_000;

// Whoever may not set policies is told so at every push; a week is long enough to be given the right.
const WITHOUT_POLICY_MS = 7 * 24 * 60 * 60_000;
const MAX_WITHOUT_POLICY = 10_000;

export interface CreatorDeps {
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Makes missing repositories of one ECR registry, each asked for once an hour.
 *
 * Somebody else making the same repository at the same time counts as success.
 */
export class EcrRepositoryCreator implements RepositoryCreator {
  readonly #account: EcrAccount;
  readonly #deps: CreatorDeps;
  readonly #known: BoundedMap<string, true>;
  readonly #flights = new Map<string, SingleFlight<void>>();
  /** Made by us, with their lifecycle policy still missing because setting it failed. */
  readonly #withoutPolicy: BoundedMap<string, true>;

  constructor(account: EcrAccount, deps: CreatorDeps) {
    this.#account = account;
    this.#deps = deps;
    const { now } = deps;
    this.#known = new BoundedMap({ limit: MAX_KNOWN, maxAgeMs: REMEMBERED_MS, now });
    this.#withoutPolicy = new BoundedMap({ limit: MAX_WITHOUT_POLICY, maxAgeMs: WITHOUT_POLICY_MS, now });
  }

  /** Repositories in memory. */
  get size(): number {
    return this.#known.size + this.#withoutPolicy.size;
  }

  async ensure(repository: string, options: RepositoryOptions & RequestOptions = {}): Promise<void> {
    if (this.#known.get(repository)) return;
    const flight =
      this.#flights.get(repository) ?? new SingleFlight((signal) => this.#make(repository, options, signal));
    this.#flights.set(repository, flight);
    try {
      await flight.run(options.signal);
    } finally {
      if (flight.isIdle) this.#flights.delete(repository);
    }
  }

  async #make(repository: string, options: RepositoryOptions, signal: AbortSignal): Promise<void> {
    await this.#account.call(
      `make repository ${repository}`,
      async (api) => {
        const isThere = await api.hasRepository(repository, signal);
        if (!isThere) await this.#create(api, repository, { options, signal });
        if (this.#withoutPolicy.get(repository)) await this.#setPolicy(api, repository, { options, signal });
      },
      signal,
    );
    this.#known.set(repository, true);
  }

  async #create(
    api: EcrApi,
    repository: string,
    { options, signal }: { options: RepositoryOptions; signal: AbortSignal },
  ): Promise<void> {
    const fields = { registry: this.#account.endpoint.host, repository };
    try {
      await api.createRepository(repository, options, signal);
    } catch (error) {
      if (isAwsException(error, 'RepositoryAlreadyExistsException')) return;
      throw error;
    }
    this.#deps.logger.info(fields, 'repository made');
    if (options.lifecyclePolicy !== undefined) this.#withoutPolicy.set(repository, true);
    if (api.putLifecyclePolicy === undefined && hasPrivateSettings(options)) {
      this.#deps.logger.warn(
        fields,
        'public ECR has no scanning, immutable tags or lifecycle policies; they are ignored',
      );
    }
  }

  async #setPolicy(
    api: EcrApi,
    repository: string,
    { options, signal }: { options: RepositoryOptions; signal: AbortSignal },
  ): Promise<void> {
    if (options.lifecyclePolicy !== undefined) {
      await api.putLifecyclePolicy?.(repository, options.lifecyclePolicy, signal);
    }
    this.#withoutPolicy.delete(repository);
  }
}

const hasPrivateSettings = ({ scanOnPush, immutableTags, lifecyclePolicy }: RepositoryOptions): boolean =>
  scanOnPush !== undefined || immutableTags !== undefined || lifecyclePolicy !== undefined;
