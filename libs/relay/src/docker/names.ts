import { type CopyRequest, manifestName, type Reference, SyncError } from '@regfleet/model';

// https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pulling-manifests
const TAG_LENGTH = 128;

/** What a daemon calls the two ends of a copy. */
export interface LocalNames {
  readonly source: LocalName;
  readonly target: LocalName;
}

export interface LocalName {
  /** As `docker images` shows it. */
  readonly repository: string;
  /** The whole name, `repository:tag` or `repository@digest`. */
  readonly name: string;
  /** The part after the repository: tag or digest. */
  readonly tag: string;
}

/**
 * The names under which a copy's image is on the daemon meanwhile.
 *
 * A target without a tag gets one made of the digest, as with dregsy: a daemon pushes by tag only, and what it pushes need not
 * have the digest that was asked for.
 *
 * @throws {SyncError} `REFERENCE_INVALID` where a daemon would take the registry for a part of a Docker Hub name.
 */
export function localNames({ source, target }: CopyRequest): LocalNames {
  const tag = target.tag ?? digestTag(manifestName(target));
  return { source: nameOf(source, manifestName(source)), target: nameOf(target, tag) };
}

/** The repository of a name or digest of a local image. */
export function repositoryOf(name: string): string {
  const at = name.indexOf('@');
  if (at >= 0) return name.slice(0, at);
  const colon = name.lastIndexOf(':');
  return colon > name.lastIndexOf('/') ? name.slice(0, colon) : name;
}

const digestTag = (digest: string): string => `dregsy-${digest.replace(/^.*:/, '')}`.slice(0, TAG_LENGTH);

function nameOf(reference: Reference, tag: string): LocalName {
  const repository = familiarRepository(reference);
  return { repository, tag, name: `${repository}${tag.includes(':') ? '@' : ':'}${tag}` };
}

// https://pkg.go.dev/github.com/distribution/reference#FamiliarName
function familiarRepository({ registry, repository }: Reference): string {
  if (registry === 'docker.io') return repository.replace(/^library\/(?=[^/]+$)/, '');
  if (!/[.:]|^localhost$/.test(registry)) {
    throw new SyncError('REFERENCE_INVALID', {
      message: `docker takes "${registry}/${repository}" for a repository of Docker Hub`,
      hint: `write the registry with its port (${registry}:443) or its full domain name, or use relay: direct`,
    });
  }
  return `${registry}/${repository}`;
}
