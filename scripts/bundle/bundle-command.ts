import { dirname, relative } from 'node:path';
import { BUNDLE_FOLDER } from '@regfleet/cli';
import { type OutputAsset, type OutputChunk, type Plugin, rolldown } from 'rolldown';
import { ROOT } from '../check/run.ts';
import { plainBuiltins } from './builtins.ts';
import { leanUndici } from './lean-undici.ts';
import { joinParts } from './parts.ts';
import { asciiNotices, PLAIN_OUTPUT } from './plain-output.ts';

// Parts of BullMQ, of ssh2 and of `debug` for what is not used here, or done without where it is not installed.
const LEFT_OUT = ['pg', '@valkey/valkey-glide', 'supports-color', 'cpu-features', /\.node$/];

// The oldest that undici and the V8 flags of the command work with. The sources themselves need a newer one.
export const OLDEST_NODE = '22.19';

const PACKAGES = /\/node_modules\//;

// How a package says where its own files are.
const OWN_PLACE = /\b__dirname\b/g;

// An ES module that makes one for itself.
const MAKES_OWN_PLACE = /\bconst __dirname\b/;

// How our sources load a package when they need it and cannot wait.
const LATE_REQUIRE = /\brequireHere\(/g;

export interface BundleOptions {
  /** Whether a map of each file to its sources is made. */
  readonly sourcemap: boolean;
  /** Called with the path of each file of ours or of a package before it is read. */
  readonly beforeLoad?: (file: string) => void;
}

/**
 * The command as files beside each other: our sources and all packages that they import, split where they are loaded later.
 * The same files from the same sources and packages, wherever those are.
 *
 * @returns the file that starts the command comes first.
 */
export async function bundleCommand(options: BundleOptions): Promise<(OutputChunk | OutputAsset)[]> {
  await using build = await rolldown({
    cwd: ROOT,
    input: { main: 'apps/cli/src/main.ts' },
    // Nobody imports the first file: parts may have more in it than it exports.
    preserveEntrySignatures: 'allow-extension',
    platform: 'node',
    external: LEFT_OUT,
    // BullMQ's own build for bundlers lacks what it loads by `require`.
    resolve: { mainFields: ['main', 'module'] },
    transform: { target: `node${OLDEST_NODE}` },
    plugins: [
      plainBuiltins,
      leanUndici,
      noteLoaded(options.beforeLoad),
      keepPlaces,
      bundleLateRequires,
      asciiNotices,
    ],
    onLog(_level, { message }) {
      throw new Error(message);
    },
  });
  const { output: split } = await build.generate({ format: 'esm', minify: false });
  const { output } = await build.generate({
    format: 'esm',
    sourcemap: options.sourcemap,
    banner: 'const bundleFolder = import.meta.dirname;',
    entryFileNames: '[name]-[hash].js',
    chunkFileNames: '[name]-[hash].js',
    ...PLAIN_OUTPUT,
    ...joinParts(split),
  });
  return output;
}

const noteLoaded = (beforeLoad: BundleOptions['beforeLoad']): Plugin => ({
  name: 'note-loaded',
  load: { filter: { id: /^\// }, handler: (id) => beforeLoad?.(id) },
});

const keepPlaces: Plugin = {
  name: 'keep-places',
  transform: {
    filter: { id: PACKAGES, code: { include: OWN_PLACE, exclude: MAKES_OWN_PLACE } },
    // On the same line as before.
    handler: (code, id) => ({
      code: code.replace(OWN_PLACE, `(bundleFolder + ${placeOf(id)})`),
      map: null,
    }),
  },
};

const bundleLateRequires: Plugin = {
  name: 'bundle-late-requires',
  transform: {
    filter: { id: { exclude: PACKAGES }, code: LATE_REQUIRE },
    handler: (code) => ({ code: code.replace(LATE_REQUIRE, 'require('), map: null }),
  },
};

/** Where the folder of a file stands from the bundle, as an expression. */
const placeOf = (file: string): string => JSON.stringify(`/${relative(BUNDLE_FOLDER, dirname(file))}`);
