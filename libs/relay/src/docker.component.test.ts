import {
  countingProxy,
  digestOf,
  eventually,
  listTags,
  makeIndex,
  pullEverything,
  pushImage,
  pushIndex,
  readManifest,
  startDockerd,
  startRegistry,
  type TestDockerd,
  type TestRegistry,
} from '@regfleet/harness';
import { type CopyProgress, silentLogger } from '@regfleet/model';
import Docker from 'dockerode';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RelayDeps } from './contract.ts';
import type { DockerOptions } from './docker/connect.ts';
import { describeExpiry } from './expiry.contract.ts';
import { describeIdentityTokens } from './identity-token.contract.ts';
import { openRelay } from './index.ts';
import { describeReferrersOf } from './referrers.contract.ts';
import { describeRelay } from './relay.contract.ts';
import { RelayUnderTest } from './relay.fixture.ts';
import { describeTagRulesOf } from './tag-rules.contract.ts';

const isRoot = process.getuid?.() === 0;
const title = isRoot ? 'relay/docker' : 'relay/docker (skipped: its docker daemon needs root)';

describe.skipIf(!isRoot)(title, () => {
  let dockerd: TestDockerd;

  beforeAll(async () => {
    dockerd = await startDockerd();
  });

  afterAll(() => dockerd?.stop());

  const openDocker = (options: Partial<DockerOptions> = {}, deps: Pick<RelayDeps, 'startup'> = {}) =>
    openRelay(
      'docker',
      { docker: { host: dockerd.host, keepImages: false, ...options } },
      { logger: silentLogger, ...deps },
    );

  describeRelay('docker', openDocker);
  describeReferrersOf('docker', openDocker);
  describeTagRulesOf('docker', openDocker);
  describeExpiry('docker', openDocker);
  describeIdentityTokens('docker', openDocker);

  describe('on its daemon', () => {
    let docker: Docker;
    let source: TestRegistry;
    let target: TestRegistry;
    let relay: RelayUnderTest;

    beforeAll(async () => {
      docker = new Docker({ socketPath: dockerd.socketPath, host: undefined });
      [source, target] = await Promise.all([startRegistry(), startRegistry()]);
      await pushImage(source, 'app', 'v1', { layers: ['shared', 'one'] });
      await pushImage(source, 'app', 'v2', { layers: ['shared', 'two'] });
    });

    afterAll(() => Promise.all([source?.stop(), target?.stop()]));

    beforeEach(async () => {
      relay = new RelayUnderTest(await openDocker());
    });

    afterEach(async () => {
      await relay[Symbol.asyncDispose]();
      for (const { Id } of await docker.listImages()) await docker.getImage(Id).remove({ force: true });
    });

    /** As `docker images --digests` shows them. */
    async function images() {
      const listed = await docker.listImages();
      return listed
        .map(({ Id, RepoTags, RepoDigests }) => ({
          Id,
          tags: RepoTags?.sort(),
          digests: RepoDigests?.sort(),
        }))
        .sort((one, other) => one.Id.localeCompare(other.Id));
    }

    async function pull(name: string): Promise<void> {
      const stream = await docker.pull(name);
      await new Promise((resolve, reject) =>
        docker.modem.followProgress(stream, (error, events) => (error ? reject(error) : resolve(events))),
      );
    }

    it('leaves no image behind, whether it copies or fails', async () => {
      await relay.copy([source, 'app:v1'], [target, 'clean:v1']);
      await relay.copy([source, `app@${await digestOf(source, 'app', 'v1')}`], [target, 'clean:v2']);
      await relay.fail([source, 'app:v1'], [source, 'app:v3'], { platform: 'linux/s390x' });
      expect(await images()).toEqual([]);
    });

    it('leaves no image behind that several copies had at once', async () => {
      await pushImage(source, 'app', 'alias', { layers: ['shared', 'one'] });
      const tags = ['v1', 'alias', 'v2'];
      // To a repository each: docker-registry 2.8 may answer 500 where one layer is pushed into one several times at once.
      await Promise.all(tags.map((tag) => relay.copy([source, `app:${tag}`], [target, `several/${tag}:1`])));
      expect(await images()).toEqual([]);
    });

    it('leaves an image alone that somebody has without a tag', async () => {
      const digest = await digestOf(source, 'app', 'v1');
      await pull(`${source.host}/app@${digest}`);
      const before = await images();
      await relay.copy([source, 'app:v1'], [target, 'foreign:v1']);
      await relay.copy([source, `app@${digest}`], [source, 'app:v3']);
      expect(await images()).toEqual(before);
    });

    it('leaves an image alone that somebody has under another name', async () => {
      const digest = await digestOf(source, 'app', 'v1');
      await pull(`${source.host}/app:v1`);
      await docker.getImage(`${source.host}/app:v1`).tag({ repo: 'mine', tag: 'v1' });
      await docker.getImage(`${source.host}/app:v1`).remove();
      const before = await images();
      await relay.copy([source, `app@${digest}`], [target, 'foreign:v1']);
      await relay.copy([source, 'app:v1'], [target, 'foreign:v1']);
      expect(await images()).toEqual(before);
    });

    it('gives names back to the images that had them', async () => {
      await pull(`${source.host}/app:v2`);
      const v2 = docker.getImage(`${source.host}/app:v2`);
      await v2.tag({ repo: `${source.host}/app`, tag: 'v1' });
      await v2.tag({ repo: `${target.host}/foreign`, tag: 'v1' });
      const before = await images();
      await relay.copy([source, 'app:v1'], [target, 'foreign:v1']);
      expect(await images()).toEqual(before);
      await relay.copy([source, 'app:v2'], [target, 'foreign:v2']);
      expect(await images()).toEqual(before);
    });

    it('keeps the image of the source where it is told to, and only that', async () => {
      await using keeping = new RelayUnderTest(await openDocker({ keepImages: true }));
      await keeping.copy([source, 'app:v1'], [target, 'kept:v1']);
      const digest = await digestOf(source, 'app', 'v1');
      const kept = [{ tags: [`${source.host}/app:v1`], digests: [`${source.host}/app@${digest}`] }];
      expect(await images()).toMatchObject(kept);
      await keeping.copy([source, 'app:v1'], [target, 'kept:v2']);
      expect(await images()).toMatchObject(kept);
    });

    it('copies two platforms of one tag at once', async () => {
      const index = makeIndex(
        ['amd64', 's390x'].map((architecture) => ({
          layers: [architecture],
          platform: { os: 'linux', architecture },
        })),
      );
      await pushIndex(source, 'two', 'v1', index);
      const platforms = index.images.map((image) => ({ image, name: image.platform.architecture ?? '' }));
      const results = await Promise.all(
        platforms.map(({ name }) =>
          relay.copy([source, 'two:v1'], [target, `two:${name}`], { platform: `linux/${name}` }),
        ),
      );
      expect(results.map(({ sourceDigest }) => sourceDigest)).toEqual([index.digest, index.digest]);
      for (const { image, name } of platforms) {
        const { bytes } = await readManifest(target, 'two', name);
        expect(JSON.parse(Buffer.from(bytes).toString()).config.digest).toBe(image.config.digest);
        await pullEverything(target, 'two', name);
      }
    });

    it('refuses the one image of a tag that is for another platform', async () => {
      const to = [target, 'other:v1'] as const;
      const error = await relay.fail([source, 'app:v1'], to, { platform: 'linux/s390x' });
      expect(error).toMatchObject({ code: 'PLATFORM_UNKNOWN', side: 'source', registry: source.host });
      expect(await listTags(target, 'other')).toEqual([]);
    });

    it('refuses to copy all platforms', async () => {
      const error = await relay.fail([source, 'app:v1'], [target, 'all:v1'], { platform: 'all' });
      expect(error).toMatchObject({ code: 'PLATFORM_INVALID', kind: 'config' });
    });

    it('pushes a target that has only a digest under a tag made of it', async () => {
      const digest = await digestOf(source, 'app', 'v1');
      await relay.copy([source, `app@${digest}`], [target, `digests@${digest}`]);
      expect(await listTags(target, 'digests')).toEqual([`dregsy-${digest?.replace('sha256:', '')}`]);
    });

    it('tells a push that fails, though its stream ends as if all were well', async () => {
      await using refusing = await countingProxy(target);
      refusing.inject({ method: 'PUT', kind: 'manifest', status: 500 });
      const error = await relay.fail([source, 'app:v1'], [refusing, 'refused:v1']);
      expect(error).toMatchObject({
        code: 'SERVER_FAILED',
        kind: 'retryable',
        side: 'target',
        registry: refusing.host,
        reference: `${refusing.host}/refused:v1`,
        httpStatus: 500,
      });
      expect(await images()).toEqual([]);
    });

    it('reports the bytes of pull and push', async () => {
      await pushImage(source, 'sized', 'v1', { layers: [{ sizeBytes: 200_000, seed: 'progress' }] });
      const told: CopyProgress[] = [];
      const onProgress = (progress: CopyProgress) => told.push(progress);
      await relay.copy([source, 'sized:v1'], [target, 'sized:v1'], { onProgress });
      const { bytesDone = 0, bytesTotal } = told.at(-1) ?? {};
      expect(bytesDone).toBeGreaterThan(400_000);
      expect(bytesTotal).toBe(bytesDone);
    });

    it('can be tried again after the daemon died in the middle of a pull', async () => {
      await pushImage(source, 'killed', 'pull', { layers: ['never pulled before'] });
      await using stalling = await countingProxy(source);
      const stall = stalling.inject({ method: 'GET', kind: 'blob', held: true });
      const failing = relay.fail([stalling, 'killed:pull'], [target, 'killed:pull']);
      await eventually(() => stall.hits > 0);
      await dockerd.kill();
      expect(await failing).toMatchObject({ code: 'NETWORK_FAILED', kind: 'retryable', side: undefined });
      await dockerd.restart();
      stall.release();
      await relay.copy([stalling, 'killed:pull'], [target, 'killed:pull']);
      expect(await images()).toEqual([]);
    });

    it('wipes off later what a daemon kept that died in the middle of a push', async () => {
      await using stalling = await countingProxy(target);
      const stall = stalling.inject({ method: 'PUT', kind: 'manifest', held: true });
      const failing = relay.fail([source, 'app:v1'], [stalling, 'killed:push']);
      await eventually(() => stall.hits > 0);
      await dockerd.kill();
      expect(await failing).toMatchObject({ code: 'NETWORK_FAILED', kind: 'retryable' });
      await dockerd.restart();
      expect(await images()).toHaveLength(1);
      stall.release();
      await relay.copy([source, 'app:v1'], [stalling, 'killed:push']);
      expect(await images()).toEqual([]);
    });

    it('wipes off what is left when it is closed', async () => {
      const other = new RelayUnderTest(await openDocker());
      await using stalling = await countingProxy(target);
      const stall = stalling.inject({ method: 'PUT', kind: 'manifest', held: true });
      const failing = other.fail([source, 'app:v1'], [stalling, 'killed:close']);
      await eventually(() => stall.hits > 0);
      await dockerd.kill();
      await failing;
      await dockerd.restart();
      await other[Symbol.asyncDispose]();
      expect(await images()).toEqual([]);
    });

    it('does not wait for a daemon that hangs when it is aborted, and cleans up before it is closed', async () => {
      const other = new RelayUnderTest(await openDocker());
      await using stalling = await countingProxy(target);
      const stall = stalling.inject({ method: 'PUT', kind: 'manifest', held: true });
      const abort = new AbortController();
      const copying = other.copy([source, 'app:v1'], [stalling, 'hung:v1'], { signal: abort.signal });
      const failure = expect(copying).rejects.toThrow('enough');
      await eventually(() => stall.hits > 0);
      dockerd.pause();
      try {
        abort.abort(new Error('enough'));
        await failure;
      } finally {
        dockerd.resume();
      }
      await other[Symbol.asyncDispose]();
      expect(await images()).toEqual([]);
    });

    it('waits for a daemon that is still starting', async () => {
      await dockerd.kill();
      const opening = openDocker({}, { startup: { waitMs: 60_000, intervalMs: 20 } });
      await dockerd.restart();
      await using late = new RelayUnderTest(await opening);
      await late.copy([source, 'app:v1'], [target, 'late:v1']);
    });

    it('speaks the version that it is told to', async () => {
      await using old = new RelayUnderTest(await openDocker({ apiVersion: '1.40' }));
      await old.copy([source, 'app:v1'], [target, 'old:v1']);
      await expect(openDocker({ apiVersion: '1.99' })).rejects.toMatchObject({
        code: 'RELAY_UNAVAILABLE',
        hint: expect.stringContaining('docker.api-version'),
      });
    });
  });
});
