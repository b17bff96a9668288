export type { ConvertedConfig, ConvertNote } from './convert/contract.ts';
export { type ConvertRequest, convertConfig } from './convert/convert.ts';
export { type EffectiveConfig, loadEffectiveConfig, type RedisSetting } from './effective/effective.ts';
export { formatIssue } from './format-issue.ts';
export type * from './issue.ts';
export { type LoadOptions, loadConfig } from './load.ts';
export {
  type CopyRoute,
  locationFor,
  namesRegistry,
  namesRoute,
  registriesOf,
  requestLocation,
  routeLimits,
  targetTasks,
  taskLocations,
  unnamedEnd,
  usesRoute,
} from './location-for.ts';
export type * from './model.ts';
export { nextFiring } from './next-firing.ts';
export { type ParseOptions, parseConfig } from './parse.ts';
export { configName } from './read-config.ts';
export { parseRegexRule, type RegexRule } from './regex/regex-rule.ts';
export { configJsonSchema } from './schema/json-schema.ts';
export { configReference } from './schema/reference.ts';
export { losesAllTasks } from './sections/tasks.ts';
export { imageNames, parseTagEntry, type TagEntry } from './tags/entry.ts';
export { parseTagFilter } from './tags/filter.ts';
export { parseDuration } from './yaml/duration.ts';
