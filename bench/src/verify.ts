import { digestOf, type FilledTag, type RegistryEndpoint } from '@regfleet/harness';

const CONCURRENCY = 8;

/** Asks for every tag; a registry takes a manifest only when it holds its blobs. @returns how many are missing or other than wanted. */
export async function wrongTags(registry: RegistryEndpoint, wanted: readonly FilledTag[]): Promise<number> {
  const queue = wanted.values();
  let wrong = 0;
  const verifyNext = async (): Promise<void> => {
    for (const { repository, tag, digest } of queue) {
      // One that is missing is an error of the registry.
      const found = await digestOf(registry, repository, tag).catch(() => undefined);
      if (found !== digest) wrong += 1;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, verifyNext));
  return wrong;
}
