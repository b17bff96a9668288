import { createHash } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  countingProxy,
  digestOf,
  pushImage,
  startRegistry,
  type TestRegistry,
  temporaryFolder,
} from '@regfleet/harness';
import { type Logger, silentLogger } from '@regfleet/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putRawManifest } from '../direct/raw-manifest.fixture.ts';
import { openRelay } from '../index.ts';
import { RelayUnderTest } from '../relay.fixture.ts';

const UNCOMPRESSED = {
  docker: 'application/vnd.docker.image.rootfs.diff.tar',
  oci: 'application/vnd.oci.image.layer.v1.tar',
} as const;

const OPTIONS = { certsDir: '/nonexistent' };

describe('relay/skopeo/digests', () => {
  let source: TestRegistry;
  let target: TestRegistry;

  beforeAll(async () => {
    [source, target] = await Promise.all([startRegistry(), startRegistry()]);
    await Promise.all([pushUncompressed('oci'), pushUncompressed('docker')]);
  });

  afterAll(async () => {
    await Promise.all([source?.stop(), target?.stop()]);
  });

  /** An image `<format>:v1` whose one layer is a plain tar archive. */
  async function pushUncompressed(format: 'docker' | 'oci'): Promise<void> {
    const image = await pushImage(source, format, 'compressed', { layers: [`of ${format}`], format });
    const bytes = gunzipSync(Buffer.concat(image.layers.map((layer) => layer.bytes())));
    const layer = { mediaType: UNCOMPRESSED[format], ...(await putBlob(format, bytes)) };
    const { mediaType, digest, sizeBytes } = image.config;
    const document = { config: { mediaType, digest, size: sizeBytes }, layers: [layer] };
    await putRawManifest([source, format], image.mediaType, document, 'v1');
  }

  async function putBlob(repository: string, bytes: Uint8Array): Promise<{ digest: string; size: number }> {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    const begun = await fetch(`${source.url}/v2/${repository}/blobs/uploads/`, { method: 'POST' });
    const place = new URL(begun.headers.get('location') ?? '', source.url);
    place.searchParams.set('digest', digest);
    const put = await fetch(place, { method: 'PUT', body: new Uint8Array(bytes) });
    expect(put.status).toBe(201);
    return { digest, size: bytes.byteLength };
  }

  /** @returns a logger, and what it was warned of. */
  function listening(): { logger: Logger; warnings: string[] } {
    const warnings: string[] = [];
    return {
      warnings,
      logger: { ...silentLogger, warn: (_: object, message: string) => warnings.push(message) },
    };
  }

  const open = async (binary: string): Promise<RelayUnderTest> =>
    new RelayUnderTest(
      await openRelay('skopeo', { skopeo: { binary, ...OPTIONS } }, { logger: silentLogger }),
    );

  it.each(['docker', 'oci'] as const)(
    'are kept where a layer of a %s image is not compressed',
    async (format) => {
      await using relay = await open('skopeo');
      const { targetDigest } = await relay.copy([source, `${format}:v1`], [target, `${format}:v1`]);
      expect(targetDigest).toBe(await digestOf(source, format, 'v1'));
      expect(await digestOf(target, format, 'v1')).toBe(targetDigest);
    },
  );

  it('change, and aloud, where the target refuses the form of the source', async () => {
    await using strict = await countingProxy(target);
    await using relay = await open('skopeo');
    const body = JSON.stringify({ errors: [{ code: 'MANIFEST_INVALID', message: 'not of this kind' }] });
    const headers = { 'content-type': 'application/json' };
    // Met by the form of the source, twice: skopeo then tries another.
    strict.inject({ method: 'PUT', kind: 'manifest', status: 400, headers, body, times: 2 });
    const { logger, warnings } = listening();
    const { outcome, targetDigest } = await relay.copy([source, 'oci:v1'], [strict, 'converted:v1'], {
      logger,
    });
    expect(outcome).toBe('copied');
    expect(targetDigest).not.toBe(await digestOf(source, 'oci', 'v1'));
    expect(warnings).toEqual([expect.stringContaining('its digest may differ')]);
  });

  it('are not given up for a tag that may not be moved', async () => {
    await using strict = await countingProxy(target);
    await using relay = await open('skopeo');
    const message = 'it cannot be overwritten because the repository is immutable';
    const body = JSON.stringify({ errors: [{ code: 'TAG_INVALID', message }] });
    const headers = { 'content-type': 'application/json' };
    const refused = strict.inject({ method: 'PUT', kind: 'manifest', status: 400, headers, body });
    const error = await relay.fail([source, 'oci:v1'], [strict, 'immutable:v1']);
    expect(error).toMatchObject({ code: 'REQUEST_REFUSED', hint: expect.stringContaining('immutable tags') });
    expect(refused.hits).toBe(1);
  });

  it('are asked for once of a skopeo that cannot keep them, which is told', async () => {
    await using folder = await temporaryFolder();
    const binary = join(folder.path, 'skopeo');
    const runs = join(folder.path, 'runs');
    const script = `#!/bin/sh
      case $1 in --version) ;; *) echo run >> ${runs};; esac
      case " $* " in
        *" --preserve-digests "*) echo 'level=fatal msg="unknown flag: --preserve-digests"' >&2; exit 1;;
      esac
      exec skopeo "$@"`;
    await writeFile(binary, script);
    await chmod(binary, 0o755);
    await using relay = await open(binary);
    const { logger, warnings } = listening();
    for (const tag of ['v1', 'v2']) await relay.copy([source, 'oci:v1'], [target, `old:${tag}`], { logger });
    expect(warnings).toEqual([expect.stringContaining('too old to keep digests')]);
    expect((await readFile(runs, 'utf8')).trim().split('\n')).toHaveLength(3);
  });
});
