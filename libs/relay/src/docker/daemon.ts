import { Readable } from 'node:stream';
import type { Platform } from '@regfleet/model';
import type Docker from 'dockerode';
import { z } from 'zod';
import type { AuthConfig } from './auth-config.ts';
import { type DaemonEvent, readEvents } from './events.ts';
import type { LocalName } from './names.ts';
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

const names = z
  .array(z.string())
  .nullish()
  .transform((all) => (all ?? []).filter((name) => !name.startsWith('<none>')));
const part = z
  .string()
  .optional()
  .transform((text) => text || undefined);
const listSchema = z.array(z.object({ Id: z.string(), RepoTags: names, RepoDigests: names }));
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

/** What is asked of a docker daemon. Failures are dockerode's, as they come. */
export class Daemon {
  readonly #docker: Docker;
  readonly #version: string;

  /** @param version - the API version that `docker` speaks. */
  constructor(docker: Docker, version: string) {
    this.#docker = docker;
    this.#version = version;
  }

  async list(): Promise<LocalImage[]> {
    const images = listSchema.parse(await this.#docker.listImages());
    return images.map(({ Id, RepoTags, RepoDigests }) => ({ id: Id, tags: RepoTags, digests: RepoDigests }));
  }

  /** @param name - or id. */
  async find(name: string): Promise<InspectedImage | undefined> {
    const answer = await unless([404], this.#docker.getImage(name).inspect());
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

  async *pull({ repository, tag }: LocalName, options: PullOptions): AsyncGenerator<DaemonEvent> {
    const { auth, platform, signal: abortSignal } = options;
    const query = { fromImage: repository, tag, ...(platform !== undefined && { platform }), abortSignal };
    yield* readEvents(await this.#docker.createImage(auth, query));
  }

  async *push({ repository, tag }: LocalName, options: PushOptions): AsyncGenerator<DaemonEvent> {
    const { auth, platform, signal: abortSignal } = options;
    const isNamed =
      takesPushPlatform(this.#version) && platform.os !== undefined && platform.architecture !== undefined;
    const query = {
      tag,
      ...(isNamed && { platform: JSON.stringify(platform) }),
      abortSignal,
      authconfig: auth,
    };
    yield* readEvents(await this.#docker.getImage(repository).push(query));
  }

  async tag(id: string, name: string): Promise<void> {
    const colon = name.lastIndexOf(':');
    await this.#docker.getImage(id).tag({ repo: name.slice(0, colon), tag: name.slice(colon + 1) });
  }

  /**
   * Takes a name away from its image, and the image with its last name; an image that a container uses keeps it.
   *
   * @param name - or id of an image without names.
   */
  async remove(name: string): Promise<void> {
    await unless([404, 409], this.#docker.getImage(name).remove());
  }

  /** Takes a tag away from its image, which stays even without any name: an empty image gets the tag, and goes with it. */
  async release(name: string): Promise<void> {
    const colon = name.lastIndexOf(':');
    const query = { repo: name.slice(0, colon), tag: name.slice(colon + 1) };
    const events = readEvents(await this.#docker.importImage(Readable.from([EMPTY_TAR]), query));
    for await (const { error } of events) if (error !== undefined) throw new Error(error);
    await this.remove(name);
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
