// An `import` of Node's own modules asks for all that they have, some of which loads more: 4 ms of each start.
const { existsSync, readFileSync, statSync } = process.getBuiltinModule('node:fs');
const { join } = process.getBuiltinModule('node:path');
const { pathToFileURL } = process.getBuiltinModule('node:url');

const ROOT = join(import.meta.dirname, '../../../');
export const BUNDLE_FOLDER = `${ROOT}apps/cli/dist/`;
export const BUNDLE_NOTE = `${BUNDLE_FOLDER}bundle.json`;
// Beside the packages, not in the shared folder for temporary files, where others could put code for us to run.
export const CODE_CACHE = `${ROOT}node_modules/.cache/regfleet`;

/**
 * The first file of the bundle, as a URL; absent where none was made, or one of other sources than those that are there. Where none are
 * there, as in the image, the bundle is all there is.
 *
 * It goes by when a file was last changed in any way: writing, replacing and renaming one move that, and nothing sets it back.
 */
export function currentBundle() {
  const bundle = readNote();
  if (bundle === undefined) return undefined;
  const isAsBundled = ([file, changedAtMs]) => changedAtMsOf(file) === changedAtMs;
  const isCurrent =
    Object.entries(bundle.inputs).every(isAsBundled) || !existsSync(`${ROOT}apps/cli/src/main.ts`);
  return isCurrent ? pathToFileURL(BUNDLE_FOLDER + bundle.main).href : undefined;
}

function readNote() {
  try {
    return JSON.parse(readFileSync(BUNDLE_NOTE, 'utf8'));
  } catch {
    return undefined;
  }
}

/** When a file of the repository was last changed in any way, in epoch milliseconds; null: it is not there. */
export function changedAtMsOf(file) {
  return statSync(ROOT + file, { throwIfNoEntry: false })?.ctimeMs ?? null;
}
