import { type Digest, parseDigest } from './digest.ts';
import { SyncError } from './errors.ts';
import { parseRegistryName } from './registry-name.ts';
import { clip } from './text/clip.ts';

/**
 * One image in one repository of one registry. Normalised: `docker.io` names have their `library/`.
 *
 * At least one of `tag` and `digest` is set once an image is meant; neither is when a whole repository is.
 */
export interface Reference {
  /** Host with optional port, as `RegistryName` has it (`docker.io`, `127.0.0.1:5000`). */
  readonly registry: string;
  /** Path without leading slash, e.g. `library/busybox`. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

// https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pulling-manifests
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const REGISTRY = /^(?:\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?)(?::\d{1,5})?$/;

// As docker and skopeo have it: https://github.com/distribution/reference/blob/v0.6.0/reference.go
const MAX_REPOSITORY_LENGTH = 255;
// A DNS name and a port.
const MAX_REGISTRY_LENGTH = 259;
// Of a name that somebody else has chosen, in messages.
const SHOWN_LENGTH = 200;

const invalid = (text: string, why: string, hint?: string): SyncError =>
  new SyncError('REFERENCE_INVALID', {
    message: `"${clip(text, SHOWN_LENGTH)}" is not a valid reference: ${why}`,
    hint,
  });

/** True for `host` and `host:port`. */
export const isRegistryHost = (text: string): boolean =>
  text.length <= MAX_REGISTRY_LENGTH && REGISTRY.test(text);

/** True for the path of a repository, without leading slash. */
export const isRepositoryName = (text: string): boolean =>
  text.length <= MAX_REPOSITORY_LENGTH && REPOSITORY.test(text);

export const isTagName = (text: string): boolean => TAG.test(text);

/**
 * Parses `registry/repository[:tag][@digest]`. The registry is always the text before the first slash.
 *
 * @throws {SyncError} `REFERENCE_INVALID`
 */
export function parseReference(text: string): Reference {
  const slash = text.indexOf('/');
  if (slash <= 0)
    throw invalid(text, 'no registry', 'write registry/repository:tag, e.g. docker.io/library/busybox:1.36');
  const registry = text.slice(0, slash);
  const rest = text.slice(slash + 1);
  const at = rest.indexOf('@');
  const named = at < 0 ? rest : rest.slice(0, at);
  const colon = named.indexOf(':');
  return makeReference({
    registry,
    repository: colon < 0 ? named : named.slice(0, colon),
    tag: colon < 0 ? undefined : named.slice(colon + 1),
    digest: at < 0 ? undefined : rest.slice(at + 1),
  });
}

/**
 * A checked, normalised reference from its parts.
 *
 * @param parts.repository - leading slashes are dropped.
 * @throws {SyncError} `REFERENCE_INVALID`
 */
export function makeReference(parts: {
  registry: string;
  repository: string;
  tag?: string | undefined;
  digest?: string | undefined;
}): Reference {
  const path = parts.repository.replace(/^\/+/, '');
  const text = `${parts.registry}/${path}${parts.tag === undefined ? '' : `:${parts.tag}`}`;
  if (!isRegistryHost(parts.registry))
    throw invalid(text, `"${clip(parts.registry, SHOWN_LENGTH)}" is not a registry host`);
  if (!isRepositoryName(path)) {
    throw invalid(
      text,
      `"${clip(path, SHOWN_LENGTH)}" is not a repository name`,
      `repository names are lower-case letters, digits and . _ - between slashes, ${MAX_REPOSITORY_LENGTH} characters at most`,
    );
  }
  if (parts.tag !== undefined && !isTagName(parts.tag))
    throw invalid(text, `"${clip(parts.tag, SHOWN_LENGTH)}" is not a tag`);
  const { host, isDockerHub } = parseRegistryName(parts.registry);
  return {
    registry: host,
    repository: isDockerHub && !path.includes('/') ? `library/${path}` : path,
    ...(parts.tag !== undefined && { tag: parts.tag }),
    ...(parts.digest !== undefined && { digest: parseDigest(parts.digest) }),
  };
}

/** `registry/repository[:tag][@digest]`. */
export function formatReference(reference: Reference): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`;
  return `${reference.registry}/${reference.repository}${tag}${digest}`;
}

/** What a manifest request asks for: the digest where there is one, else the tag. */
export function manifestName(reference: Reference): string {
  const name = reference.digest ?? reference.tag;
  if (name === undefined)
    throw invalid(formatReference(reference), 'it names no image', 'add a tag or a digest');
  return name;
}
