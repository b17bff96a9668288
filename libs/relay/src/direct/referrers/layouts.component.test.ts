import { countingProxy, startArtifactRegistry, startRegistry } from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { openRelay } from '../../index.ts';
import { RelayUnderTest } from '../../relay.fixture.ts';
import { type Described, OCI_INDEX, OCI_MANIFEST, PlainClient } from './plain-client.fixture.ts';

const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
const EMPTY = 'application/vnd.oci.empty.v1+json';
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const CREATED = { 'org.opencontainers.image.created': '2026-11-01T00:00:00Z' };

const cosignTag = (digest: string, kind: string): string => `${digest.replace(':', '-')}.${kind}`;

/** Writes what belongs to images as the tools do that make it. */
class Author {
  readonly #client: PlainClient;

  constructor(client: PlainClient) {
    this.#client = client;
  }

  async image(content: string, tag?: string): Promise<Described> {
    const config = await this.#client.pushBlob(
      CONFIG,
      `{"architecture":"amd64","os":"linux","of":"${content}"}`,
    );
    const layers = [await this.#client.pushBlob(LAYER, `layer of ${content}`)];
    return this.#client.pushManifest(OCI_MANIFEST, { config, layers }, tag);
  }

  /** @see https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md */
  async signedByTag(image: Described): Promise<void> {
    const critical = {
      identity: { 'docker-reference': '' },
      image: { 'docker-manifest-digest': image.digest },
      type: 'cosign container image signature',
    };
    const payload = JSON.stringify({ critical, optional: null });
    const signature = { 'dev.cosignproject.cosign/signature': 'MEUCIQ==' };
    await this.#tagged(image, 'sig', {
      mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
      content: payload,
      annotations: signature,
    });
  }

  /** @see https://github.com/sigstore/cosign/blob/main/specs/ATTESTATION_SPEC.md */
  async attestedByTag(image: Described): Promise<void> {
    await this.#tagged(image, 'att', {
      mediaType: 'application/vnd.dsse.envelope.v1+json',
      content: `{"payloadType":"application/vnd.in-toto+json","payload":"${image.digest}"}`,
      annotations: { predicateType: 'https://slsa.dev/provenance/v1' },
    });
  }

  /** @see https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md */
  signedByBundle(subject: Described): Promise<Described> {
    const annotations = {
      ...CREATED,
      'dev.sigstore.bundle.content': 'dsse-envelope',
      'dev.sigstore.bundle.predicateType': 'https://sigstore.dev/cosign/sign/v1',
    };
    return this.#attach(subject, { artifactType: BUNDLE, layer: BUNDLE, annotations });
  }

  /** @see https://oras.land/docs/commands/oras_attach */
  attached(subject: Described): Promise<Described> {
    return this.#attach(subject, {
      artifactType: 'application/spdx+json',
      layer: 'application/spdx+json',
      annotations: CREATED,
      ofLayer: { 'org.opencontainers.image.title': 'sbom.spdx.json' },
    });
  }

  /** An image with its provenance. @see https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md */
  async built(content: string, tag: string): Promise<{ index: Described; image: Described }> {
    const image = await this.image(content);
    const statement = 'application/vnd.in-toto+json';
    const blob = await this.#client.pushBlob(statement, `{"subject":"${image.digest}"}`);
    const layer = {
      ...blob,
      annotations: { 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v0.2' },
    };
    const config = await this.#client.pushBlob(CONFIG, '{"architecture":"unknown","os":"unknown"}');
    const attestation = await this.#client.pushManifest(OCI_MANIFEST, { config, layers: [layer] });
    const manifests = [
      { ...image, platform: { architecture: 'amd64', os: 'linux' } },
      {
        ...attestation,
        platform: { architecture: 'unknown', os: 'unknown' },
        annotations: {
          'vnd.docker.reference.digest': image.digest,
          'vnd.docker.reference.type': 'attestation-manifest',
        },
      },
    ];
    return { index: await this.#client.pushManifest(OCI_INDEX, { manifests }, tag), image };
  }

  async #tagged(
    image: Described,
    kind: string,
    { mediaType, content, annotations }: { mediaType: string; content: string; annotations: object },
  ): Promise<void> {
    const config = await this.#client.pushBlob(CONFIG, `{"architecture":"","os":"","kind":"${kind}"}`);
    const layer = { ...(await this.#client.pushBlob(mediaType, content)), annotations };
    const tag = cosignTag(image.digest, kind);
    await this.#client.pushManifest(OCI_MANIFEST, { config, layers: [layer] }, tag);
  }

  async #attach(
    subject: Described,
    {
      artifactType,
      layer: mediaType,
      annotations,
      ofLayer,
    }: { artifactType: string; layer: string; annotations: Record<string, string>; ofLayer?: object },
  ): Promise<Described> {
    const config = { ...(await this.#client.pushBlob(EMPTY, '{}')), data: 'e30=' };
    const blob = await this.#client.pushBlob(mediaType, `${artifactType} of ${subject.digest}`);
    const layers = [{ ...blob, ...(ofLayer && { annotations: ofLayer }) }];
    const manifest = { artifactType, config, layers, subject, annotations };
    return this.#client.pushReferrer(manifest);
  }
}

const KINDS = {
  'docker-registry': () => startRegistry(),
  'a registry that lists referrers': () => startArtifactRegistry({ referrers: { isListing: true } }),
} as const;
type Kind = keyof typeof KINDS;
const PAIRS = (Object.keys(KINDS) as Kind[]).flatMap((from) =>
  (Object.keys(KINDS) as Kind[]).map((to) => [from, to] as const),
);

describe('relay/direct/referrers of others', () => {
  it.each(PAIRS)(
    'come from %s to %s as another client finds them, those of other images do not',
    async (kind, otherKind) => {
      const [from, to] = await Promise.all([KINDS[kind](), KINDS[otherKind]()]);
      const proxy = await countingProxy(to);
      const [source, target] = [new PlainClient(from.url, 'team/app'), new PlainClient(to.url, 'mirror/app')];
      const author = new Author(source);
      const { index, image } = await author.built('the image', '1.0');
      const other = await author.image('another', 'other');
      for (const subject of [index, image, other]) {
        await author.signedByTag(subject);
        await author.attestedByTag(subject);
        await author.signedByBundle(subject);
      }
      const sbom = await author.attached(index);
      await author.signedByBundle(sbom);
      await author.attached(other);
      await using relay = new RelayUnderTest(await openRelay('direct', {}, { logger: silentLogger }));
      const copy = () =>
        relay.copy([from, 'team/app:1.0'], [proxy, 'mirror/app:1.0'], {
          platform: 'all',
          referrers: { checkMs: 0 },
        });
      expect(await copy()).toMatchObject({ outcome: 'copied', targetDigest: index.digest });

      const graph = await source.graphOf('1.0');
      expect(graph.filter((line) => line.includes('refers to'))).toHaveLength(4);
      expect(await target.graphOf('1.0')).toEqual(graph);
      for (const [subject, isOurs] of [
        [index, true],
        [image, true],
        [other, false],
      ] as const)
        for (const tag of [cosignTag(subject.digest, 'sig'), cosignTag(subject.digest, 'att')])
          expect(await target.digestOf(tag)).toBe(isOurs ? await source.digestOf(tag) : undefined);
      for (const name of [other.digest, other.digest.replace(':', '-')])
        expect(await target.digestOf(name)).toBeUndefined();

      proxy.requests.clear();
      expect((await copy()).outcome).toBe('unchanged');
      const wrote = proxy.requests.all.filter(({ method }) => method !== 'GET' && method !== 'HEAD');
      expect(wrote).toEqual([]);
      await Promise.all([proxy.stop(), from.stop(), to.stop()]);
    },
  );
});
