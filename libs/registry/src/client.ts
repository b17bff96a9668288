import { parseRegistryName } from '@regfleet/model';
import { pullScope } from './auth/scope.ts';
import { TargetScopes } from './auth/target-scopes.ts';
import { downloadBlob } from './blobs/download.ts';
import { mountBlob } from './blobs/mount.ts';
import { headBlob } from './blobs/presence.ts';
import { AccountUploads } from './blobs/upload-notes.ts';
import type { UploadSeal } from './blobs/upload-seal.ts';
import { Uploads } from './blobs/uploads.ts';
import type { RegistryClient, UploadNotes } from './contract.ts';
import type { DigestLists } from './digests/index.ts';
import { listRepositories } from './lists/catalog.ts';
import { listTags } from './lists/tags.ts';
import { deleteTag } from './manifests/delete-tag.ts';
import { LastManifests } from './manifests/last-manifests.ts';
import type { AccountManifests } from './manifests/manifest-cache.ts';
import { Manifests } from './manifests/manifests.ts';
import { ping } from './ping.ts';
import { pushPermission } from './push-permission.ts';
import { Referrers } from './referrers/referrers.ts';
import type { Session } from './session/session.ts';

interface ClientParts {
  readonly manifests: AccountManifests;
  readonly digests: DigestLists;
  readonly seal: UploadSeal;
  readonly uploadNotes: UploadNotes | undefined;
}

/**
 * The distribution API over one session.
 *
 * @param registry - as the operator wrote it, which may include a path.
 * @param kept.manifests - those that need not be asked for again.
 */
export function createRegistryClient(
  registry: string,
  session: Session,
  { manifests: known, digests, seal, uploadNotes }: ClientParts,
): RegistryClient {
  const targetScopes = new TargetScopes(session.endpoint.transport.settings.now);
  const manifests = new Manifests(session, known, targetScopes);
  const referrers = new Referrers(session, manifests, targetScopes);
  const noted = new AccountUploads(session, seal, uploadNotes);
  const uploads = new Uploads(session, noted);
  const last = new LastManifests(manifests);
  const { isDockerHub } = parseRegistryName(registry);
  return {
    registry,
    get hasAskedForLogin() {
      return session.hasAskedForLogin;
    },
    get countsPulls() {
      return isDockerHub || session.findings.has('pulls-counted');
    },
    get clockAheadMs() {
      return session.clockAheadMs;
    },
    findings: () => session.findings.all(),
    ping: (options) => ping(session, options),
    pushPermission: (repository, options) => pushPermission(session, repository, options),
    listRepositories: (options) => listRepositories(session, options),
    listTags: (repository, options) => listTags(session, repository, pullScope(repository), options),
    listTargetTags: (repository, options) =>
      listTags(session, repository, targetScopes.of(repository), options),
    listDigests: (repository, { signal, isTarget = false } = {}) => {
      const scope = isTarget ? targetScopes.of(repository) : pullScope(repository);
      return digests.of({ repository, scope, signal });
    },
    get hasToldManifest() {
      return !last.isEmpty;
    },
    askAgain: (options) => last.askAgain(options),
    headManifest: (repository, name, options) =>
      last.noted({ repository, name, isTarget: false }, manifests.head(repository, name, options)),
    headTarget: (repository, name, options) =>
      last.noted({ repository, name, isTarget: true }, manifests.headTarget(repository, name, options)),
    knownManifest: (repository, digest) => manifests.known(repository, digest),
    getManifest: (repository, name, options) =>
      last.noted({ repository, name, isTarget: false }, manifests.get(repository, name, options)),
    putManifest: (repository, name, manifest, options) =>
      last.noted({ repository, name, isTarget: true }, manifests.put(repository, name, manifest, options)),
    deleteTag: (repository, tag, options) => deleteTag(session, { repository, name: tag }, options),
    listReferrers: (repository, subject, options) => referrers.list({ ...options, repository, subject }),
    putReferrer: async (repository, manifest, options) => {
      const put = await manifests.putReferrer(repository, manifest, options);
      if (put.isLinked) referrers.linked(repository);
      return put;
    },
    headBlob: (repository, digest, options) => headBlob(session, repository, digest, options),
    getBlob: (repository, blob, options) => downloadBlob(session, repository, blob, options),
    mountBlob: (repository, digest, from, options) =>
      mountBlob(session, { repository, digest, from }, options),
    uploadBlob: (repository, blob, content, options) => uploads.upload(repository, blob, content, options),
    leftUpload: (note) => noted.left(note),
  };
}
