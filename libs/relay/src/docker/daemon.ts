import { Readable } from 'node:stream';
import { inTime, outsideList, type Platform } from '@regfleet/model';
import type Docker from 'dockerode';
import { z } from 'zod';
import type { AuthConfig } from './auth-config.ts';
import type { Clients } from './clients.ts';
import { type DaemonEvent, readEvents } from './events.ts';
import { type DaemonLimits, IdleTimeout, silentDaemon } from './idle-timeout.ts';
import type { LocalName } from './names.ts';
import { SignsOfLife } from './signs-of-life.ts';
import { takesPushPlatform } from './versions.ts';

export interface LocalImage {
  readonly id: string;
  /** `repository:tag`, as `docker images` shows them. */
  readonly tags: readonly string[];
  /** `repository@digest`. */
  readonly digests: readonly string[];
}

export interface InspectedImage extends LocalImage {
  readonly platform: Platform;
}

export interface PullOptions {
  readonly auth: AuthConfig;
  /** Absent: the daemon's own. */
  readonly platform?: string;
  readonly signal: AbortSignal;
}

export interface PushOptions {
  readonly auth: AuthConfig;
  readonly platform: Platform;
  readonly signal: AbortSignal;
}

const names = outsideList(z.string())
  .nullish()
  .transform((all) => (all ?? []).filter((name) => !name.startsWith('<none>')));
const part = z
  .string()
  .optional()
  .transform((text) => text || undefined);
const listSchema = outsideList(z.object({ Id: z.string(), RepoTags: names, RepoDigests: names }));
const imageSchema = z.object({
  Id: z.string(),
  RepoTags: names,
  RepoDigests: names,
  Os: part,
  Architecture: part,
  Variant: part,
});

// Two empty blocks: a tar archive of nothing.
const EMPTY_TAR = Buffer.alloc(1024);

export interface DaemonDeps {
  /** As messages name it. */
  readonly host: string;
  /** The API version that the clients speak. */
  readonly version: string;
  readonly limits: DaemonLimits;
  readonly clients: Clients;
}

/**
 * What is asked of a docker daemon.
 *
 * Failures are those of its clients, and `TIMED_OUT` where the daemon is silent for too long.
 */
export class Daemon {
  readonly #deps: DaemonDeps;

  constructor(deps: DaemonDeps) {
    this.#deps = deps;
  }

  async list(): Promise<LocalImage[]> {
    const images = listSchema.parse(await this.#call((docker) => docker.listImages()));
    return images.map(({ Id, RepoTags, RepoDigests }) => ({ id: Id, tags: RepoTags, digests: RepoDigests }));
  }

  /** @param name - or id. */
  async find(name: string): Promise<InspectedImage | undefined> {
    const answer = await unless(
      [404],
      this.#call((docker) => docker.getImage(name).inspect()),
    );
    if (answer === undefined) return undefined;
    const {
      Id,
      RepoTags,
      RepoDigests,
      Os: os,
      Architecture: architecture,
      Variant: variant,
    } = imageSchema.parse(answer);
    const platform = {
      ...(os && { os }),
      ...(architecture && { architecture }),
      ...(variant && { variant }),
    };
    return { id: Id, tags: RepoTags, digests: RepoDigests, platform };
  }

  pull({ repository, tag }: LocalName, options: PullOptions): AsyncGenerator<DaemonEvent> {
    const { auth, platform, signal } = options;
    const query = { fromImage: repository, tag, ...(platform !== undefined && { platform }) };
    return this.#follow(signal, (docker) => docker.createImage(auth, query));
  }

  push({ repository, tag }: LocalName, options: PushOptions): AsyncGenerator<DaemonEvent> {
    const { auth, platform, signal } = options;
    const isNamed =
      takesPushPlatform(this.#deps.version) &&
      platform.os !== undefined &&
      platform.architecture !== undefined;
    const query = { tag, ...(isNamed && { platform: JSON.stringify(platform) }), authconfig: auth };
    return this.#follow(signal, (docker) => docker.getImage(repository).push(query));
  }

  async tag(id: string, name: string): Promise<void> {
    const colon = name.lastIndexOf(':');
    const query = { repo: name.slice(0, colon), tag: name.slice(colon + 1) };
    await this.#call((docker) => docker.getImage(id).tag(query));
  }

  /**
   * Takes a name away from its image, and the image with its last name; an image that a container uses keeps it.
   *
   * @param name - or id of an image without names.
   */
  async remove(name: string): Promise<void> {
    await unless(
      [404, 409],
      this.#call((docker) => docker.getImage(name).remove()),
    );
  }

  /** Takes a tag away from its image, which stays even without any name: an empty image gets the tag, and goes with it. */
  async release(name: string): Promise<void> {
    const colon = name.lastIndexOf(':');
    const query = { repo: name.slice(0, colon), tag: name.slice(colon + 1) };
    await this.#call(async (docker) => {
      const events = readEvents(await docker.importImage(Readable.from([EMPTY_TAR]), query));
      for await (const { error } of events) if (error !== undefined) throw new Error(error);
    });
    await this.remove(name);
  }

  #call<Answer>(ask: (docker: Docker) => Promise<Answer>): Promise<Answer> {
    const { clients, version, host, limits } = this.#deps;
    const timeoutMs = limits.callMs;
    return inTime(
      timeoutMs,
      () => silentDaemon(host, timeoutMs),
      (signal) => ask(clients({ version, timeoutMs, signal })),
    );
  }

  async *#follow(
    signal: AbortSignal,
    request: (docker: Docker) => Promise<NodeJS.ReadableStream>,
  ): AsyncGenerator<DaemonEvent> {
    const { clients, version, host, limits } = this.#deps;
    const idleTimeout = new IdleTimeout(limits.silenceMs, () => silentDaemon(host, limits.silenceMs));
    try {
      const docker = clients({ version, signal: AbortSignal.any([signal, idleTimeout.signal]) });
      const stream = await request(docker);
      const signs = new SignsOfLife();
      for await (const event of readEvents(stream)) {
        if (signs.isOne(event)) idleTimeout.heard();
        yield event;
      }
    } catch (error) {
      idleTimeout.signal.throwIfAborted();
      throw error;
    } finally {
      idleTimeout.end();
    }
  }
}

async function unless<Answer>(
  statusCodes: readonly number[],
  asked: Promise<Answer>,
): Promise<Answer | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (statusCodes.includes(Object(error).statusCode)) return undefined;
    throw error;
  }
}
