import type { RegistryClient } from '@regfleet/registry';

/** A client with other functions than its own; what it learns later is told by both. */
export const clientWith = (client: RegistryClient, functions: Partial<RegistryClient>): RegistryClient =>
  Object.defineProperties(
    {},
    { ...Object.getOwnPropertyDescriptors(client), ...Object.getOwnPropertyDescriptors(functions) },
  ) as RegistryClient;
