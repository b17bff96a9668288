import type { Digest } from '@regfleet/model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RegistryClient, TagDigest } from '../contract.ts';

/** A registry whose repository has more tags than a page of its lists. */
export interface DigestScenario extends AsyncDisposable {
  readonly client: RegistryClient;
  readonly repository: string;
  /** What the registry itself answers, by tag. */
  readonly digests: ReadonlyMap<string, Digest>;
  /** Requests for lists of digests so far. */
  requests(): number;
}

export interface DigestScenarioOptions {
  /** True: the API refuses everybody. */
  readonly isRefused?: boolean;
  /** What is told instead of the digest of a tag; absent, or where it gives nothing: the truth. */
  readonly lie?: (repository: string, tag: string) => string | undefined;
}

/** What every lister of digests keeps to. */
export function describeDigestLister(
  title: string,
  open: (options: DigestScenarioOptions) => Promise<DigestScenario>,
): void {
  describe(`${title} as a lister of digests`, () => {
    let scenario: DigestScenario | undefined;
    const opened = async (options: DigestScenarioOptions = {}): Promise<DigestScenario> => {
      scenario = await open(options);
      return scenario;
    };
    beforeEach(() => {
      scenario = undefined;
    });
    afterEach(async () => {
      await scenario?.[Symbol.asyncDispose]();
    });

    it('tells the digest of every tag once, page by page, and that they are no indexes', async () => {
      const { client, repository, digests, requests } = await opened();
      const pages = await Array.fromAsync(client.listDigests(repository) ?? []);
      expect(pages.length).toBeGreaterThan(1);
      expect(requests()).toBe(pages.length);
      expect(digestsByTag(pages)).toEqual([...digests].toSorted());
      expect(new Set(pages.flat().map(({ isIndex }) => isIndex))).toEqual(new Set([false]));
    });

    it('asks for no further page than is read', async () => {
      const { client, repository, requests } = await opened();
      for await (const _ of client.listDigests(repository) ?? []) break;
      expect(requests()).toBe(1);
    });

    it('leaves out what is no digest', async () => {
      const { client, repository, digests } = await opened({
        lie: (_, tag) => (tag === 'v1' ? 'latest' : undefined),
      });
      const pages = await Array.fromAsync(client.listDigests(repository) ?? []);
      expect(digestsByTag(pages)).toEqual([...digests].filter(([tag]) => tag !== 'v1').toSorted());
    });

    it('is asked no more once it has refused two repositories', async () => {
      const { client, repository, requests } = await opened({ isRefused: true });
      const list = () => Array.fromAsync(client.listDigests(repository) ?? []);
      await expect(list()).rejects.toMatchObject({ name: 'SyncError', registry: expect.stringMatching(/./) });
      await expect(list()).rejects.toMatchObject({ name: 'SyncError' });
      expect(client.listDigests(repository)).toBeUndefined();
      expect(requests()).toBe(2);
    });

    it('ends with the reason of an abort, which is no refusal', async () => {
      const { client, repository } = await opened();
      const signal = AbortSignal.abort(new Error('shutting down'));
      const list = () => Array.fromAsync(client.listDigests(repository, { signal }) ?? []);
      await expect(list()).rejects.toThrow('shutting down');
      await expect(list()).rejects.toThrow('shutting down');
      expect(client.listDigests(repository)).toBeDefined();
    });
  });
}

const digestsByTag = (pages: readonly (readonly TagDigest[])[]): [string, Digest][] =>
  pages
    .flat()
    .map(({ tag, digest }): [string, Digest] => [tag, digest])
    .toSorted();
