import type { RegistryEndpoint } from '@regfleet/harness';
import type { HistoryRule, OnChange, SeenTarget, TrailRule } from '@regfleet/model';
import {
  type CopyProgress,
  type CopyRequest,
  type CopyResult,
  type Credentials,
  isSyncError,
  type Location,
  type Logger,
  parsePlatform,
  parseReference,
  parseRegistryName,
  type ReferrerRule,
  Secret,
  type SyncError,
  silentLogger,
} from '@regfleet/model';
import { createRegistries, type Registries } from '@regfleet/registry';
import type { CopySide, Relay } from './contract.ts';

/** A registry of the harness, or an address where none is. */
export type Place = RegistryEndpoint & { readonly host: string; readonly certsDir?: string };

export interface CopyOptions {
  readonly platform?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: CopyProgress) => void;
  /** In place of what `place` says. */
  readonly source?: Partial<Location>;
  /** In place of what `place` says. */
  readonly target?: Partial<Location>;
  readonly request?: Partial<CopyRequest>;
  readonly seenTarget?: SeenTarget;
  readonly onChange?: OnChange;
  readonly history?: HistoryRule;
  readonly trail?: TrailRule;
  readonly referrers?: ReferrerRule;
  readonly amongTargets?: number;
  /** Absent: nobody listens. */
  readonly logger?: Logger;
  /** What the program that copies is given for the target, in place of what its location says. */
  readonly targetCredentials?: () => Promise<Credentials>;
}

export const anonymous: Partial<Location> = { auth: { kind: 'anonymous' } };

export const ambient: Partial<Location> = { auth: { kind: 'ambient' } };

export const basic = (username: string, password: string): Partial<Location> => ({
  auth: { kind: 'basic', username, password: new Secret(password) },
});

/** A relay with the registry clients it needs, told in the words of tests. */
export class RelayUnderTest implements AsyncDisposable {
  readonly relay: Relay;
  readonly #registries: Registries;

  /** @param env - in which credentials are looked for. */
  constructor(relay: Relay, env: Readonly<Record<string, string>> = {}) {
    this.relay = relay;
    this.#registries = createRegistries({
      logger: silentLogger,
      env,
      // Tests may set the time later.
      now: () => Date.now(),
    });
  }

  /** @param from - `repository:tag` or `repository@digest`; `to` the same. */
  copy(
    from: readonly [Place, string],
    to: readonly [Place, string],
    options: CopyOptions = {},
  ): Promise<CopyResult> {
    const platform = parsePlatform(options.platform ?? '');
    const request: CopyRequest = {
      relay: this.relay.name,
      source: parseReference(`${from[0].host}/${from[1]}`),
      target: parseReference(`${to[0].host}/${to[1]}`),
      ...(platform !== undefined && { platform }),
      ...options.request,
    };
    return this.relay.copy(request, {
      source: this.#side(from[0], options.source),
      target: {
        ...this.#side(to[0], options.target),
        ...(options.targetCredentials && { credentials: options.targetCredentials }),
      },
      signal: options.signal ?? new AbortController().signal,
      logger: options.logger ?? silentLogger,
      verbose: false,
      ...(options.onProgress !== undefined && { onProgress: options.onProgress }),
      ...(options.seenTarget !== undefined && { seenTarget: options.seenTarget }),
      ...(options.onChange !== undefined && { onChange: options.onChange }),
      ...(options.history !== undefined && { history: options.history }),
      ...(options.trail !== undefined && { trail: options.trail }),
      ...(options.referrers !== undefined && { referrers: options.referrers }),
      ...(options.amongTargets !== undefined && { amongTargets: options.amongTargets }),
    });
  }

  /** The failure of a copy that must not succeed. */
  async fail(...given: Parameters<RelayUnderTest['copy']>): Promise<SyncError> {
    const result = await this.copy(...given).catch((error: unknown) => error);
    if (isSyncError(result)) return result;
    throw new Error('the copy did not fail as it should', { cause: result });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.relay.close();
    await this.#registries.close();
  }

  #side(place: Place, given: Partial<Location> = {}): CopySide {
    const location: Location = { ...locationOf(place), ...given };
    return {
      location,
      client: this.#registries.connect(location),
      credentials: (signal) => this.#registries.credentials(location, { signal }),
    };
  }
}

function locationOf({ host, credentials, tls, certsDir = '' }: Place): Location {
  return {
    registry: parseRegistryName(host),
    auth: { kind: 'anonymous' },
    ...(credentials && basic(credentials.username, credentials.password)),
    tls: { skipVerify: tls === undefined, certsDir },
  };
}
