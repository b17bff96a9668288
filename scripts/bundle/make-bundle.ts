import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { BUNDLE_FOLDER, BUNDLE_NOTE, type BundleNote, changedAtMsOf } from '@regfleet/cli';
import { ROOT } from '../check/run.ts';
import { bundleCommand } from './bundle-command.ts';

// npm's own record of what it has put there, written anew whenever that changes.
const INSTALLED = 'node_modules/.package-lock.json';

// Says the version.
const MANIFEST = 'package.json';

const HOW_IT_IS_MADE = [
  'make-bundle.ts',
  'bundle-command.ts',
  'builtins.ts',
  'lean-undici.ts',
  'parts.ts',
  'plain-output.ts',
].map((name) => `scripts/bundle/${name}`);

const OURS = /\/(?:apps|libs)\/[^/]+\/src\//;

// The packages that a file belongs to; the last is its own.
const PACKAGE_FOLDER = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/;

// A command that was started from an older bundle loads parts of it when it needs them.
const KEPT_MS = 24 * 60 * 60 * 1000;

/** Makes the bundle that the command of this clone starts from, with a note of what it was made of. */
export async function makeBundle(): Promise<void> {
  const inputs: Record<string, number | null> = {};
  const note = (file: string): void => {
    inputs[file] = changedAtMsOf(file);
  };
  for (const file of [INSTALLED, MANIFEST, ...HOW_IT_IS_MADE]) note(file);
  // Before it is read: what changes meanwhile has another time afterwards.
  const beforeLoad = (file: string): void => {
    if (OURS.test(file)) note(relative(ROOT, file));
  };
  write(await bundleCommand({ sourcemap: true, beforeLoad }), inputs);
}

/** The note last, so that it never names files that are not there. */
function write(output: Awaited<ReturnType<typeof bundleCommand>>, inputs: BundleNote['inputs']): void {
  mkdirSync(BUNDLE_FOLDER, { recursive: true });
  for (const file of output) {
    const path = BUNDLE_FOLDER + file.fileName;
    // Its name has a hash of what is in it.
    if (!existsSync(path)) replace(path, file.type === 'chunk' ? file.code : file.source);
  }
  const chunks = output.filter((file) => file.type === 'chunk');
  const files = chunks.map(({ fileName }) => fileName);
  const [main = ''] = files;
  const packages = packagesOf(chunks.flatMap(({ moduleIds }) => moduleIds));
  replace(BUNDLE_NOTE, JSON.stringify({ main, files, packages, inputs } satisfies BundleNote));
  const kept = new Set([...output.map(({ fileName }) => BUNDLE_FOLDER + fileName), BUNDLE_NOTE]);
  for (const path of readdirSync(BUNDLE_FOLDER).map((name) => BUNDLE_FOLDER + name))
    if (!kept.has(path) && Date.now() - statSync(path).ctimeMs > KEPT_MS) rmSync(path, { recursive: true });
}

function packagesOf(modules: readonly string[]): string[] {
  const folders = modules.flatMap((id) => PACKAGE_FOLDER.exec(id)?.[0] ?? []);
  return [...new Set(folders)].map((folder) => relative(ROOT, folder)).toSorted();
}

/** Never seen half written, by others that make it at the same time neither. */
function replace(path: string, content: string | Uint8Array): void {
  const beside = `${path}.${process.pid}`;
  writeFileSync(beside, content);
  renameSync(beside, path);
}
