/** What one package may import besides itself and Node. */
export interface PackageRule {
  /** Packages of ours, by folder name. */
  readonly own: readonly string[];
  /** Third-party libraries; one listed here may be imported nowhere else. A name ending in `/` stands for a whole scope. */
  readonly libraries: readonly string[];
  /** Powers over the process that are kept in few hands. */
  readonly powers?: readonly Power[];
}

/** `subprocess`: `node:child_process`; `signals`: listening to events of `process`. */
export type Power = 'subprocess' | 'signals';

/**
 * The import table: who may import whom, and which package walls off which library.
 *
 * `zod` parses outside data at every edge where such data comes in. Folders that the table does not name (test, bench,
 * scripts) are not shipped and may import whatever is declared.
 */
export const IMPORT_TABLE: Readonly<Record<string, PackageRule>> = {
  'libs/model': { own: [], libraries: ['cron-parser', 'zod'] },
  'libs/config': { own: ['model'], libraries: ['re2js', 'yaml', 'zod'] },
  'libs/registry': {
    own: ['model'],
    libraries: ['@aws-sdk/', '@azure/', 'google-auth-library', 'undici', 'zod'],
    powers: ['subprocess'],
  },
  'libs/planner': { own: ['config', 'fleet', 'model', 'registry'], libraries: [] },
  'libs/relay': { own: ['model', 'registry'], libraries: ['dockerode', 'zod'], powers: ['subprocess'] },
  'libs/fleet': { own: ['model'], libraries: [] },
  'libs/local': { own: ['fleet', 'model'], libraries: [] },
  'libs/queue': { own: ['fleet', 'model'], libraries: ['bullmq', 'ioredis', 'zod'] },
  'libs/runtime': {
    own: ['model'],
    libraries: ['fastify', 'pino', 'prom-client'],
    powers: ['signals', 'subprocess'],
  },
  'apps/scheduler': {
    own: ['config', 'fleet', 'model', 'planner', 'registry', 'runtime'],
    libraries: [],
  },
  'apps/worker': {
    own: ['config', 'fleet', 'model', 'planner', 'registry', 'relay', 'runtime'],
    libraries: [],
  },
  'apps/cli': {
    own: [
      'config',
      'fleet',
      'local',
      'model',
      'planner',
      'queue',
      'registry',
      'relay',
      'runtime',
      'scheduler',
      'worker',
    ],
    libraries: ['commander', 'string-width'],
    // What has to be heard before anything else is loaded.
    powers: ['signals'],
  },
};

/**
 * The folders of a package whose rooms stand on each other: a file may import what stands in its own folder and in those before it.
 * Each folder is listed; files of none come last, and may import all.
 */
export const FOLDER_ORDER: Readonly<Record<string, readonly string[]>> = {
  'libs/registry': [
    'contract.ts',
    'http',
    'errors',
    'credentials',
    'auth',
    'session',
    'blobs',
    'manifests',
    'lists',
    'referrers',
    'digests',
    'listers',
  ],
  'libs/queue': [
    'redis',
    'jobs',
    'holds',
    'outages',
    'runs',
    'permits',
    'meters',
    'lanes',
    'schedules',
    'state',
    'leader',
  ],
};

/** Circles that types alone make, begun with the file that comes first: each with the ADR that says why it is left, or until when. */
export const TYPE_CYCLES: Readonly<Record<string, string>> = {};

/** Files of a bound package that are not shipped: may import whatever the package or the root declares for development. */
export const TEST_FILE = /\.(?:test|contract|fixture)\.ts$/;
