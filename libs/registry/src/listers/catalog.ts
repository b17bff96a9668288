import { type ListerDefinition, listerType } from './lister.ts';

/** `/v2/_catalog` of the registry itself. */
export const catalog: ListerDefinition = {
  type: 'catalog',
  appliesTo: (location) => listerType(location) === 'catalog',
  pages: (_location, deps, { signal }) => deps.connect().listRepositories({ signal }),
};
