import type { Version } from './version.ts';

export type Operator = '=' | '!=' | '>' | '>=' | '<' | '<=';

/** What a version is compared with, e.g. `>=1.31.0`. */
export interface Comparison {
  readonly operator: Operator;
  readonly version: Version;
}
