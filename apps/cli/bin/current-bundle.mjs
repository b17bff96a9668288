import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
export const BUNDLE_FOLDER = `${ROOT}apps/cli/dist/`;
export const BUNDLE_NOTE = `${BUNDLE_FOLDER}bundle.json`;

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
