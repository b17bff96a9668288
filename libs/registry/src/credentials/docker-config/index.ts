import { BoundedMap, type Credentials, type Location } from '@regfleet/model';
import type { LoginContext } from '../../contract.ts';
import type { CredentialDeps } from '../deps.ts';
import type { CredentialProvider, OpenProvider } from '../provider.ts';
import { providerError } from '../provider-error.ts';
import { RenewingCredentials } from '../renewing.ts';
import { WatchedFile } from '../watched-file.ts';
import { entryCredentials } from './entry.ts';
import { askHelper, type HelperCall, helperQuestion } from './helper.ts';
import { matchAuthKey } from './match.ts';
import { authFilePaths } from './paths.ts';
import { type AuthFile, parseAuthFile } from './schema.ts';

// Helpers do not say how long their answer holds; this spares a process per request and still follows a rotation.
const HELPER_ANSWER_MS = 60_000;

// A location is answered by one of two helpers at most, until its files name others.
const MAX_HELPERS = 8;
const HELPER_IDLE_MS = 25 * 60 * 60_000;

// https://github.com/docker/cli/blob/master/cli/registry: the key under which every docker stores a Docker Hub login.
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';

/**
 * The logins that `docker login`, `podman login` and `skopeo login` keep, and the helpers named in those files.
 *
 * Files are read again when they change. In each file a helper of the host comes first, then the helper of all
 * hosts, then the logins stored in the file itself, the longest entry that the image's repository is below; the first
 * file that holds something answers. Helpers are asked for hosts, as podman and skopeo ask them.
 */
export const dockerConfig: CredentialProvider = {
  name: 'docker-config',
  appliesTo: ({ auth }) => auth.kind === 'ambient',
  open: (location, deps) => new DockerConfig(location, deps),
};

class DockerConfig implements OpenProvider {
  readonly #location: Location;
  readonly #deps: CredentialDeps;
  readonly #files: readonly WatchedFile<AuthFile>[];
  readonly #answers: BoundedMap<string, RenewingCredentials>;

  constructor(location: Location, deps: CredentialDeps) {
    this.#location = location;
    this.#deps = deps;
    this.#answers = new BoundedMap({ limit: MAX_HELPERS, maxAgeMs: HELPER_IDLE_MS, now: deps.now });
    this.#files = authFilePaths(deps.env).map(
      (path) => new WatchedFile(path, (text) => parseAuthFile(path, text)),
    );
  }

  async get(context: LoginContext = {}): Promise<Credentials | undefined> {
    for (const watched of this.#files) {
      const file = await watched.read().catch((error: unknown) => {
        throw this.#named(error);
      });
      const credentials = file && (await this.#fromFile(file, context));
      if (credentials !== undefined) return credentials;
    }
    return undefined;
  }

  forget(refused?: Credentials): void {
    for (const answer of this.#answers.values()) answer.forget(refused);
  }

  async #fromFile(file: AuthFile, { repository, signal }: LoginContext): Promise<Credentials | undefined> {
    const { host, path } = this.#location.registry;
    const helperKey = matchAuthKey(file.credHelpers.keys(), host, '');
    const helper = helperKey === undefined ? undefined : file.credHelpers.get(helperKey);
    for (const name of [helper, file.credsStore]) {
      const credentials = name && (await this.#fromHelper(file, name, signal));
      if (credentials) return credentials;
    }
    const key = matchAuthKey(file.auths.keys(), host, repository ?? path);
    const entry = key === undefined ? undefined : file.auths.get(key);
    try {
      return key === undefined || entry === undefined ? undefined : entryCredentials(file, key, entry);
    } catch (error) {
      throw this.#named(error);
    }
  }

  #named(error: unknown): unknown {
    return providerError(error, { provider: dockerConfig.name, registry: this.#location.registry.host });
  }

  #fromHelper(
    file: AuthFile,
    name: string,
    signal: AbortSignal | undefined,
  ): Promise<Credentials | undefined> {
    const { host, isDockerHub } = this.#location.registry;
    const server = isDockerHub ? DOCKER_HUB_KEY : host;
    const call: HelperCall = { name, configFile: file.path, server, registry: host };
    const key = JSON.stringify(call);
    const known = this.#answers.use(key);
    if (known !== undefined) return known.get(signal);
    const { env, now, loginTimeoutMs: timeoutMs } = this.#deps;
    const question = helperQuestion(call, timeoutMs);
    const answers = new RenewingCredentials(
      (flightSignal) => askHelper(call, { env, signal: flightSignal }),
      {
        now,
        maxAgeMs: HELPER_ANSWER_MS,
        question,
      },
    );
    this.#answers.set(key, answers);
    return answers.get(signal);
  }
}
