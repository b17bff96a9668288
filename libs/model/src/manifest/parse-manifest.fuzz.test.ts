import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDigest } from '../digest.ts';
import { isSyncError } from '../errors.ts';
import { fuzzRuns } from '../fuzz-runs.fixture.ts';
import { type Manifest, MEDIA_TYPES } from './manifest.ts';
import { type ParsedManifest, parseManifest } from './parse-manifest.ts';

const RUNS = fuzzRuns();

const MAX_CPU_MS = 1_000;
// What a compiler or a collector does meanwhile is not the fault of an input; what is slow is slow every time.
const ATTEMPTS = 3;
const MAX_MESSAGE = 2_000;
// As many as a manifest of a megabyte can have.
const MOST_ELEMENTS = 500_000;

const DIGEST = `sha256:${'a'.repeat(64)}`;

const repeated = (part: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(part, fc.nat({ max: MOST_ELEMENTS }))
    .map(([seed, length]) => seed.repeat(Math.ceil(length / Math.max(1, seed.length))));

const long = repeated(fc.constantFrom('a', 'manifest ', '.foreign.', '"', '\u202e', '💣', '<', '__proto__'));

/** Very many of one thing, as JSON. */
const crowd = fc
  .tuple(fc.constantFrom('0', 'null', '""', '{}', '[]', '{"digest":1}'), fc.nat({ max: MOST_ELEMENTS }))
  .map(([element, count]) => `[${`${element},`.repeat(Math.floor(count / element.length))}0]`);

const deep = fc
  .tuple(fc.constantFrom('[', '{"a":', '{"manifests":['), fc.nat({ max: 50_000 }))
  .map(([open, depth]) => {
    const close = [...open].toReversed().join('').replaceAll(/[^[{]/g, '');
    return `${open.repeat(depth)}0${close.replaceAll('[', ']').replaceAll('{', '}').repeat(depth)}`;
  });

const anything = fc.oneof(
  { weight: 6, arbitrary: fc.json({ maxDepth: 3 }) },
  { weight: 1, arbitrary: long.map((text) => JSON.stringify(text)) },
  { weight: 1, arbitrary: crowd },
  { weight: 1, arbitrary: deep },
);

/** A JSON object whose fields are what they should be, or anything, or not there. */
const objectOf = (fields: Readonly<Record<string, fc.Arbitrary<string>>>): fc.Arbitrary<string> => {
  const field = ([name, right]: [string, fc.Arbitrary<string>]): fc.Arbitrary<string> =>
    fc.oneof(
      { weight: 40, arbitrary: right.map((value) => `${JSON.stringify(name)}:${value}`) },
      { weight: 1, arbitrary: anything.map((value) => `${JSON.stringify(name)}:${value}`) },
      { weight: 1, arbitrary: fc.constant('') },
    );
  return fc
    .tuple(...Object.entries(fields).map(field))
    .map((written) => `{${written.filter((text) => text !== '').join(',')}}`);
};

const json = (...values: readonly unknown[]): fc.Arbitrary<string> =>
  fc.constantFrom(...values.map((value) => JSON.stringify(value)));

const listOf = (element: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.array(element, { maxLength: 4 }).map((elements) => `[${elements.join(',')}]`);

const mediaType = json(
  ...Object.values(MEDIA_TYPES),
  'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  'text/plain',
);

const descriptor = objectOf({
  mediaType,
  digest: json(DIGEST, DIGEST.replaceAll('a', 'b')),
  size: json(0, 3, 1e15),
  urls: fc.oneof({ weight: 9, arbitrary: json([], ['https://example/a']) }, { weight: 1, arbitrary: crowd }),
  platform: objectOf({ os: json('linux', ''), architecture: json('arm', null), variant: anything }),
});

const { ociManifest, ociIndex, dockerManifest, dockerIndex } = MEDIA_TYPES;
const image = objectOf({ schemaVersion: json(2), config: descriptor, layers: listOf(descriptor) });
const index = objectOf({ schemaVersion: json(2), mediaType: json(ociIndex), manifests: listOf(descriptor) });

const answer = (body: fc.Arbitrary<string>, ...mediaTypes: readonly string[]) =>
  fc.record({ body, mediaType: fc.constantFrom(...mediaTypes) });

const input = fc.oneof(
  { weight: 4, arbitrary: answer(image, ociManifest, dockerManifest) },
  { weight: 4, arbitrary: answer(index, ociIndex, dockerIndex) },
  { weight: 1, arbitrary: answer(fc.oneof(image, index, anything, long), ...Object.values(MEDIA_TYPES)) },
  { weight: 1, arbitrary: fc.record({ body: image, mediaType: long }) },
);

interface Outcome {
  readonly parsed?: ParsedManifest;
  readonly failure?: unknown;
  readonly cpuMs: number;
}

function outcomeOf(manifest: Manifest): Outcome {
  const before = process.threadCpuUsage();
  const cpuMs = (): number => {
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1000;
  };
  try {
    return { parsed: parseManifest(manifest), cpuMs: cpuMs() };
  } catch (failure) {
    return { failure, cpuMs: cpuMs() };
  }
}

/** @returns what became of it. */
function judge(manifest: Manifest): string {
  for (let attempt = 1; ; attempt += 1) {
    const { parsed, failure, cpuMs } = outcomeOf(manifest);
    if (parsed === undefined) {
      if (!isSyncError(failure)) throw failure;
      expect(['MANIFEST_INVALID', 'MEDIA_TYPE_UNSUPPORTED']).toContain(failure.code);
      expect(failure.message.length).toBeLessThan(MAX_MESSAGE);
    }
    if (cpuMs <= MAX_CPU_MS) return parsed?.kind ?? 'refused';
    if (attempt >= ATTEMPTS) throw new Error(`it took ${cpuMs} ms of processor time`);
  }
}

describe('model/manifest/parse-manifest, fuzzed', () => {
  it('reads or refuses whatever a registry sends, in a moment', () => {
    const seen = new Set<string>();
    const attempt = ({ body, mediaType }: { body: string; mediaType: string }): void => {
      seen.add(judge({ mediaType, digest: parseDigest(DIGEST), bytes: Buffer.from(body) }));
    };
    fc.assert(fc.property(input, attempt), RUNS);
    expect([...seen].toSorted()).toEqual(['image', 'index', 'refused']);
  });
});
