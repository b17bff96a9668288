/** What `bundle.json` says of the bundle beside it. */
export interface BundleNote {
  /** Name of the file that starts the command. */
  readonly main: string;
  /** Names of all its files, that one first. */
  readonly files: readonly string[];
  /** Where the packages are installed that it holds a part of, by their path from the root of the repository. */
  readonly packages: readonly string[];
  /** The files that it was made of, by their path from the root of the repository, with `changedAtMsOf` them. */
  readonly inputs: Readonly<Record<string, number | null>>;
}

/** Ends with a slash. */
export const BUNDLE_FOLDER: string;
export const BUNDLE_NOTE: string;
/** Where Node may keep compiled code. */
export const CODE_CACHE: string;
export function currentBundle(): string | undefined;
export function changedAtMsOf(file: string): number | null;
