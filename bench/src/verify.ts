import { digestOf, type FilledTag, type RegistryEndpoint } from '@regfleet/harness';

const CONCURRENCY = 8;

/** Asks for every tag; a registry takes a manifest only when it holds its blobs. @throws {Error} naming the first that differs. */
export async function verifyTags(registry: RegistryEndpoint, wanted: readonly FilledTag[]): Promise<void> {
  const queue = wanted.values();
  const verifyNext = async (): Promise<void> => {
    for (const { repository, tag, digest } of queue) {
      const found = await digestOf(registry, repository, tag);
      if (found !== digest) throw new Error(`${repository}:${tag} is ${found} on the target, not ${digest}`);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, verifyNext));
}
