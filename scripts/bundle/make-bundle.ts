import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { BUNDLE_FOLDER, BUNDLE_NOTE, type BundleNote, changedAtMsOf } from '@regfleet/cli';
import { type RolldownOutput, rolldown } from 'rolldown';
import { ROOT } from '../check/run.ts';
import { plainBuiltins } from './builtins.ts';

// npm's own record of what it has put there, written anew whenever that changes.
const INSTALLED = 'node_modules/.package-lock.json';

const HOW_IT_IS_MADE = ['make-bundle.ts', 'builtins.ts'].map((name) => `scripts/bundle/${name}`);

const OURS = /\/(?:apps|libs)\/[^/]+\/src\//;

// Wanted by few, and loaded when they are: the clouds' own libraries and the client of docker, which are larger than all the rest.
// The others are parts of BullMQ for what is not used here.
const LEFT_OUT = [
  /^@aws-sdk\//,
  '@azure/identity',
  'google-auth-library',
  'dockerode',
  'pg',
  '@valkey/valkey-glide',
  'supports-color',
];

// How a package says where its own files are.
const OWN_PLACE = /\b__dirname\b/g;

// A command that was started from an older bundle loads parts of it when it needs them.
const KEPT_MS = 24 * 60 * 60 * 1000;

/** Makes the bundle of the command: our sources and all packages that they import, split where they are loaded later. */
export async function makeBundle(): Promise<void> {
  const inputs: Record<string, number | null> = {};
  const note = (file: string): void => {
    inputs[file] = changedAtMsOf(file);
  };
  for (const file of [INSTALLED, ...HOW_IT_IS_MADE]) note(file);
  await using build = await rolldown({
    cwd: ROOT,
    input: { main: 'apps/cli/src/main.ts' },
    platform: 'node',
    external: LEFT_OUT,
    // BullMQ's own build for bundlers lacks what it loads by `require`.
    resolve: { mainFields: ['main', 'module'] },
    plugins: [
      plainBuiltins,
      {
        name: 'note-inputs',
        // Before it is read: what changes meanwhile has another time afterwards.
        load: { filter: { id: OURS }, handler: (id) => note(relative(ROOT, id)) },
      },
      {
        name: 'keep-places',
        transform: {
          filter: { id: /\/node_modules\//, code: OWN_PLACE },
          // On the same line as before.
          handler: (code, id) => ({
            code: code.replace(OWN_PLACE, `(bundleFolder + ${placeOf(id)})`),
            map: null,
          }),
        },
      },
    ],
    onLog(_level, { message }) {
      throw new Error(message);
    },
  });
  const output = await build.generate({
    format: 'esm',
    sourcemap: true,
    banner: 'const bundleFolder = import.meta.dirname;',
    entryFileNames: '[name]-[hash].js',
    chunkFileNames: '[name]-[hash].js',
  });
  write(output, inputs);
}

/** Where the folder of a file stands from the bundle, as an expression. */
const placeOf = (file: string): string => JSON.stringify(`/${relative(BUNDLE_FOLDER, dirname(file))}`);

/** The note last, so that it never names files that are not there. */
function write({ output }: RolldownOutput, inputs: BundleNote['inputs']): void {
  mkdirSync(BUNDLE_FOLDER, { recursive: true });
  for (const file of output) {
    const path = BUNDLE_FOLDER + file.fileName;
    // Its name has a hash of what is in it.
    if (!existsSync(path)) replace(path, file.type === 'chunk' ? file.code : file.source);
  }
  const [main] = output;
  replace(BUNDLE_NOTE, JSON.stringify({ main: main.fileName, inputs } satisfies BundleNote));
  const kept = new Set([...output.map(({ fileName }) => BUNDLE_FOLDER + fileName), BUNDLE_NOTE]);
  for (const path of readdirSync(BUNDLE_FOLDER).map((name) => BUNDLE_FOLDER + name))
    if (!kept.has(path) && Date.now() - statSync(path).ctimeMs > KEPT_MS) rmSync(path, { recursive: true });
}

/** Never seen half written, by others that make it at the same time neither. */
function replace(path: string, content: string | Uint8Array): void {
  const beside = `${path}.${process.pid}`;
  writeFileSync(beside, content);
  renameSync(beside, path);
}
