import type { ListerDefinition } from './lister.ts';

/** `/v2/_catalog` of the registry itself. */
export const catalog: ListerDefinition = {
  pages: (_location, deps, { signal }) => deps.connect().listRepositories({ signal }),
};
