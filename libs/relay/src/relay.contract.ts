import {
  countingProxy,
  digestOf,
  eventually,
  listTags,
  type MadeImage,
  type MadeIndex,
  makeImage,
  makeIndex,
  pullEverything,
  pushImage,
  pushIndex,
  startRegistry,
  type TestRegistry,
} from '@regfleet/harness';
import { formatPlatform, isSyncError, localPlatform, RELAYS, type RelayName } from '@regfleet/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Relay } from './contract.ts';
import { anonymous, basic, RelayUnderTest } from './relay.fixture.ts';

const PASSWORD = `p%s"\\: {x} Grüße`;
const OTHER_PLATFORM = { os: 'linux', architecture: 's390x' };

/** What every relay has to do, with real registries. */
export function describeRelay(name: RelayName, open: () => Promise<Relay>): void {
  const { keepsManifestBytes, supportsAllPlatforms, supportsPlatformLists, honoursTlsSettings } =
    RELAYS[name];

  describe(`relay/${name}`, () => {
    let source: TestRegistry;
    let target: TestRegistry;
    let guarded: TestRegistry;
    let secured: TestRegistry;
    let mutual: TestRegistry;
    let relay: RelayUnderTest;
    let image: MadeImage;
    let index: MadeIndex;

    beforeAll(async () => {
      const htpasswd = { username: 'user', password: PASSWORD };
      [source, target, guarded, secured, mutual] = await Promise.all([
        startRegistry(),
        startRegistry(),
        startRegistry({ htpasswd }),
        startRegistry({ tls: true }),
        startRegistry({ clientCertificate: true, htpasswd }),
      ]);
      relay = new RelayUnderTest(await open());
      image = makeImage({ layers: ['shared', 'of the image'] });
      const platforms = [localPlatform(), OTHER_PLATFORM];
      index = makeIndex(
        platforms.map((platform) => ({ layers: ['shared', `of ${platform.architecture}`], platform })),
      );
      await pushImage(source, 'app', 'v1', image);
      await pushIndex(source, 'app', 'multi', index);
    });

    afterAll(async () => {
      await relay?.[Symbol.asyncDispose]();
      await Promise.all([source, target, guarded, secured, mutual].map((registry) => registry?.stop()));
    });

    it.runIf(keepsManifestBytes)('copies an image byte by byte', async () => {
      const result = await relay.copy([source, 'app:v1'], [target, 'plain:v1']);
      expect(result).toMatchObject({ outcome: 'copied', targetDigest: image.digest });
      expect((await pullEverything(target, 'plain', 'v1')).digest).toBe(image.digest);
    });

    it.runIf(supportsAllPlatforms)('copies an index with all its platforms', async () => {
      const result = await relay.copy([source, 'app:multi'], [target, 'all:v1'], { platform: 'all' });
      expect(result).toMatchObject({ outcome: 'copied', targetDigest: index.digest });
      const pulled = await pullEverything(target, 'all', 'v1');
      expect(pulled.manifests.map(({ digest }) => digest)).toEqual([
        index.digest,
        ...index.images.map(({ digest }) => digest),
      ]);
    });

    it.runIf(supportsPlatformLists)(
      'copies some platforms of an index as an index of these, once',
      async () => {
        const copy = (platform: string) =>
          relay.copy([source, 'app:multi'], [target, 'some:v1'], { platform });
        const first = await copy('[linux/s390x]');
        expect(first).toMatchObject({ outcome: 'copied', sourceDigest: index.digest });
        const { digest, manifests } = await pullEverything(target, 'some', 'v1');
        expect(manifests.map((manifest) => manifest.digest)).toEqual([digest, index.images[1]?.digest]);
        expect(first.targetDigest).toBe(digest);
        expect(await copy('[linux/riscv64,linux/s390x]?')).toMatchObject({
          outcome: 'unchanged',
          targetDigest: digest,
        });
        expect((await copy(`linux/s390x,${formatPlatform(localPlatform())}`)).targetDigest).toBe(
          index.digest,
        );
      },
    );

    it.runIf(supportsPlatformLists)('refuses platforms that the index lacks', async () => {
      const to = [target, 'lacking:v1'] as const;
      for (const platform of ['linux/s390x,linux/riscv64', '[linux/riscv64]?']) {
        const error = await relay.fail([source, 'app:multi'], to, { platform });
        expect(error).toMatchObject({ code: 'PLATFORM_UNKNOWN', side: 'source', kind: 'permanent' });
        expect(error.message).toContain('linux/riscv64');
      }
      expect(await listTags(target, 'lacking')).toEqual([]);
    });

    it.runIf(!supportsPlatformLists)('refuses lists of platforms and versions of an os', async () => {
      for (const platform of ['[linux/s390x]', 'windows(10.0.20348)/amd64']) {
        const error = await relay.fail([source, 'app:multi'], [target, 'lists:v1'], { platform });
        expect(error).toMatchObject({
          code: 'PLATFORM_INVALID',
          message: expect.stringContaining('neither lists'),
        });
      }
    });

    it.runIf(keepsManifestBytes)('copies one platform of an index under the tag', async () => {
      const platform = 'linux/s390x';
      const { targetDigest } = await relay.copy([source, 'app:multi'], [target, 'one:v1'], { platform });
      expect(targetDigest).toBe(index.images[1]?.digest);
      await pullEverything(target, 'one', 'v1');
    });

    it.runIf(keepsManifestBytes)('copies the platform of this machine where none is named', async () => {
      const { targetDigest } = await relay.copy([source, 'app:multi'], [target, 'local:v1']);
      expect(targetDigest).toBe(index.images[0]?.digest);
    });

    it('says that nothing changed the second time', async () => {
      await relay.copy([source, 'app:v1'], [target, 'twice:v1']);
      const again = await relay.copy([source, 'app:v1'], [target, 'twice:v1']);
      expect(again).toMatchObject({
        outcome: 'unchanged',
        targetDigest: await digestOf(target, 'twice', 'v1'),
      });
    });

    it('says that nothing changed where one platform of an index is there already', async () => {
      const copy = () => relay.copy([source, 'app:multi'], [target, 'again:v1'], { platform: 'linux/s390x' });
      const first = await copy();
      expect(await copy()).toMatchObject({ outcome: 'unchanged', targetDigest: first.targetDigest });
    });

    it('replaces what a tag named before', async () => {
      await pushImage(target, 'moved', 'v1', { layers: ['old'] });
      const result = await relay.copy([source, 'app:v1'], [target, 'moved:v1']);
      expect(result.outcome).toBe('copied');
      expect(await digestOf(target, 'moved', 'v1')).toBe(result.targetDigest);
    });

    it('copies several images with shared layers at once', async () => {
      const targets = ['v1', 'v2', 'v3', 'v4'];
      const copyOne = (tag: string): Promise<unknown> =>
        relay.copy([source, 'app:v1'], [target, `many:${tag}`]);
      await Promise.all(targets.map((tag) => repeated(() => copyOne(tag))));
      expect(await listTags(target, 'many')).toEqual(targets);
      await pullEverything(target, 'many', 'v4');
    });

    it('copies to several targets beside each other, though one of them refuses it', async () => {
      await pushImage(source, 'spread', 'v1', { layers: ['for all of them'] });
      const to = (place: TestRegistry, repository: string, options = {}) =>
        relay.copy([source, 'spread:v1'], [place, `${repository}:v1`], { amongTargets: 3, ...options });
      const [refused, ...done] = await Promise.allSettled([
        to(guarded, 'closed', { target: basic('user', 'wrong') }),
        to(target, 'spread'),
        to(secured, 'spread'),
      ]);
      expect(refused).toMatchObject({
        status: 'rejected',
        reason: { side: 'target', registry: guarded.host },
      });
      expect(done.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
      for (const place of [target, secured]) await pullEverything(place, 'spread', 'v1');
    });

    it.runIf(keepsManifestBytes)('pushes once more what the target lacks in the end', async () => {
      await using forgetful = await countingProxy(target);
      const body = JSON.stringify({ errors: [{ code: 'MANIFEST_BLOB_UNKNOWN', message: 'blob unknown' }] });
      const headers = { 'content-type': 'application/json' };
      const lapse = { method: 'PUT', kind: 'manifest', status: 404, headers, body } as const;
      const once = forgetful.inject({ ...lapse, times: 1 });
      await relay.copy([source, 'app:v1'], [forgetful, 'lapse:v1']);
      expect({ hits: once.hits, tags: await listTags(target, 'lapse') }).toEqual({ hits: 1, tags: ['v1'] });
      forgetful.inject(lapse);
      const error = await relay.fail([source, 'app:v1'], [forgetful, 'lapse:v2']);
      expect(error).toMatchObject({ code: 'BLOB_UNKNOWN', side: 'target' });
    });

    it('copies within one registry', async () => {
      const result = await relay.copy([source, 'app:v1'], [source, 'elsewhere:v1']);
      expect(await digestOf(source, 'elsewhere', 'v1')).toBe(result.targetDigest);
    });

    it('copies a digest under a tag', async () => {
      const { targetDigest } = await relay.copy([source, `app@${image.digest}`], [target, 'pinned:v1']);
      expect(await digestOf(target, 'pinned', 'v1')).toBe(targetDigest);
    });

    it.runIf(keepsManifestBytes)('copies a digest without a tag', async () => {
      await relay.copy([source, `app@${image.digest}`], [target, `digests@${image.digest}`]);
      expect((await pullEverything(target, 'digests', image.digest)).digest).toBe(image.digest);
    });

    it.runIf(supportsAllPlatforms)('stores an index under its digest only as a whole', async () => {
      const name = `app@${index.digest}`;
      const error = await relay.fail([source, name], [target, `whole@${index.digest}`]);
      expect(error).toMatchObject({ code: 'PLATFORM_INVALID', side: 'target' });
      await relay.copy([source, name], [target, `whole@${index.digest}`], { platform: 'all' });
      await pullEverything(target, 'whole', index.digest);
    });

    it('refuses a platform that the image is not there for', async () => {
      const to = [target, 'platforms:v1'] as const;
      const error = await relay.fail([source, 'app:multi'], to, { platform: 'linux/riscv64' });
      expect(error).toMatchObject({ code: 'PLATFORM_UNKNOWN', side: 'source', kind: 'permanent' });
    });

    it('says that a tag is unknown at the source', async () => {
      const error = await relay.fail([source, 'app:missing'], [target, 'missing:v1']);
      expect(error).toMatchObject({
        code: 'MANIFEST_UNKNOWN',
        kind: 'permanent',
        side: 'source',
        registry: source.host,
        reference: `${source.host}/app:missing`,
      });
    });

    it('logs in with passwords of any characters on both sides', async () => {
      await relay.copy([source, 'app:v1'], [guarded, 'secret:v1']);
      await relay.copy([guarded, 'secret:v1'], [guarded, 'other:v1']);
      expect(await digestOf(guarded, 'other', 'v1')).toBe(await digestOf(guarded, 'secret', 'v1'));
    });

    it.each([
      ['wrong', basic('user', 'wrong')],
      ['no', anonymous],
    ])('names the side that refuses %s credentials', async (_, given) => {
      await relay.copy([source, 'app:v1'], [guarded, 'refused:v1']);
      const onSource = await relay.fail([guarded, 'refused:v1'], [target, 'refused:v1'], { source: given });
      const onTarget = await relay.fail([source, 'app:v1'], [guarded, 'refused:v2'], { target: given });
      expect(onSource).toMatchObject({ side: 'source', registry: guarded.host });
      expect(onTarget).toMatchObject({ side: 'target', registry: guarded.host });
      expect(['UNAUTHORIZED', 'DENIED']).toContain(onSource.code);
      expect(['UNAUTHORIZED', 'DENIED']).toContain(onTarget.code);
    });

    it('names the side that does not answer', async () => {
      const dead = await startRegistry();
      await dead.stop();
      const onSource = await relay.fail([dead, 'app:v1'], [target, 'dead:v1']);
      const onTarget = await relay.fail([source, 'app:v1'], [dead, 'dead:v1']);
      expect(onSource).toMatchObject({ code: 'NETWORK_FAILED', kind: 'retryable', side: 'source' });
      expect(onTarget).toMatchObject({ code: 'NETWORK_FAILED', kind: 'retryable', side: 'target' });
    });

    it.runIf(honoursTlsSettings)('trusts the authority in the certificates folder', async () => {
      await relay.copy([source, 'app:v1'], [secured, 'tls:v1']);
      const { targetDigest } = await relay.copy([secured, 'tls:v1'], [target, 'tls:v1']);
      expect(await digestOf(target, 'tls', 'v1')).toBe(targetDigest);
    });

    it.runIf(honoursTlsSettings)('trusts nobody else, unless told to skip the verification', async () => {
      const certsDir = '/nonexistent';
      const strict = { tls: { skipVerify: false, certsDir } };
      const error = await relay.fail([source, 'app:v1'], [secured, 'strict:v1'], { target: strict });
      expect(error).toMatchObject({ code: 'TLS_FAILED', side: 'target' });
      await relay.copy([source, 'app:v1'], [secured, 'lax:v1'], {
        target: { tls: { skipVerify: true, certsDir } },
      });
    });

    it.runIf(honoursTlsSettings)('shows the client certificate in the certificates folder', async () => {
      await relay.copy([source, 'app:v1'], [mutual, 'mutual:v1']);
      const { targetDigest } = await relay.copy([mutual, 'mutual:v1'], [target, 'mutual:v1']);
      expect(await digestOf(target, 'mutual', 'v1')).toBe(targetDigest);
    });

    it.runIf(honoursTlsSettings)(
      'is refused without a client certificate where one is asked for',
      async () => {
        const lax = { tls: { skipVerify: true, certsDir: '/nonexistent' } };
        const onSource = await relay.fail([mutual, 'mutual:v1'], [target, 'refused:v3'], { source: lax });
        const onTarget = await relay.fail([source, 'app:v1'], [mutual, 'refused:v3'], { target: lax });
        expect(onSource).toMatchObject({ side: 'source', registry: mutual.host });
        expect(onTarget).toMatchObject({ side: 'target', registry: mutual.host });
      },
    );

    it('stops in the middle of a blob when aborted, and leaves the tag as it was', async () => {
      await pushImage(source, 'slow', 'v1', { layers: ['nobody has this one yet'] });
      await using stalling = await countingProxy(source);
      const stall = stalling.inject({ method: 'GET', kind: 'blob', held: true });
      const abort = new AbortController();
      const reason = new Error('enough');
      const copy = relay.copy([stalling, 'slow:v1'], [target, 'aborted:v1'], { signal: abort.signal });
      const failure = expect(copy).rejects.toBe(reason);
      await eventually(() => stall.hits > 0);
      abort.abort(reason);
      await failure;
      expect(await digestOf(target, 'aborted', 'v1')).toBeUndefined();
      // A docker daemon lets nobody else fetch the blob while its own request for it hangs.
      stall.release();
      await relay.copy([source, 'slow:v1'], [target, 'aborted:v1']);
      await pullEverything(target, 'aborted', 'v1');
    });

    it('does nothing when it is aborted before it begins', async () => {
      const signal = AbortSignal.abort(new Error('too late'));
      const copy = relay.copy([source, 'app:v1'], [target, 'late:v1'], { signal });
      await expect(copy).rejects.toThrow('too late');
      expect(await digestOf(target, 'late', 'v1')).toBeUndefined();
    });
  });
}

/** What the queue does about failures that may pass: docker-registry 2.8 answers 500 where copies of one blob race. */
async function repeated(copy: () => Promise<unknown>, triesLeft = 5): Promise<void> {
  try {
    await copy();
  } catch (error) {
    if (triesLeft <= 1 || !isSyncError(error) || error.kind !== 'retryable') throw error;
    await repeated(copy, triesLeft - 1);
  }
}
