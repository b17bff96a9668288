import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BUNDLE_FOLDER, BUNDLE_NOTE, type BundleNote, currentBundle } from '@regfleet/cli';
import { OLDEST_NODE } from '../bundle/bundle-command.ts';
import { makeBundle } from '../bundle/make-bundle.ts';
import { ROOT } from '../check/run.ts';
import { type Part, sbomOf } from './sbom.ts';
import { shippedPage } from './shipped-text.ts';
import { licencesText, type ThirdParty, thirdPartiesOf } from './third-party.ts';

export interface LaidOutPackage extends Omit<Part, 'integrity'> {
  /** Whose code is in it. */
  readonly thirdParties: readonly ThirdParty[];
}

const MAP_COMMENT = /\n\/\/# sourceMappingURL=\S+\s*$/;

const TEXTS = ['LICENSE', 'NOTICE', 'CHANGELOG.md', 'SECURITY.md', 'README.md'];

/**
 * Writes the package `regfleet` into an empty or missing folder, as `npm pack` packs it and images hold it: `package.json`,
 * `bin/regfleet.mjs` (started by Node), `dist/` (the bundle with all packages that it needs; nothing has to be installed beside it),
 * `README.md`, `LICENSE`, `NOTICE`, `THIRD-PARTY-LICENSES`, `sbom.cdx.json` (CycloneDX), `CHANGELOG.md`, `SECURITY.md`, `docs/`. The same bytes from the same sources
 * and packages; the times of files are those of writing. Takes the bundle of this clone, and makes that first where it is not current.
 *
 * The interface is stable: images are built from it.
 */
export async function layOutPackage(folder: string): Promise<LaidOutPackage> {
  if (currentBundle() === undefined) await makeBundle();
  const note = JSON.parse(await readFile(BUNDLE_NOTE, 'utf8')) as BundleNote;
  const thirdParties = thirdPartiesOf(note.packages);
  const manifest = await packedManifest();
  const files: Record<string, string> = {
    'package.json': `${JSON.stringify(manifest, undefined, 2)}\n`,
    'sbom.cdx.json': sbomOf(manifest, thirdParties),
    'THIRD-PARTY-LICENSES': licencesText(thirdParties),
    'bin/current-bundle.mjs': packedBundle(note.main),
    'bin/regfleet.mjs': await readFile(join(ROOT, 'apps/cli/bin/regfleet.mjs'), 'utf8'),
    ...(await shippedTexts()),
  };
  for (const [file, text] of Object.entries(files)) await write(join(folder, file), text);
  await chmod(join(folder, 'bin/regfleet.mjs'), 0o755);
  for (const file of note.files) {
    const code = await readFile(BUNDLE_FOLDER + file, 'utf8');
    await write(join(folder, 'dist', file), code.replace(MAP_COMMENT, '\n'));
  }
  const { name, version, license } = manifest;
  return { name, version, license, thirdParties };
}

/** What takes the place of the module by that name: in a package the bundle is all there is, and compiled code is kept inside. */
const packedBundle = (main: string): string =>
  [
    `export const CODE_CACHE = \`\${import.meta.dirname}/../.cache\`;`,
    `export const currentBundle = () => new URL('../dist/${main}', import.meta.url).href;`,
    '',
  ].join('\n');

/** Of the repository's own what matters to who installs it. */
async function packedManifest(): Promise<Omit<Part, 'integrity'>> {
  const { name, version, description, license } = JSON.parse(
    await readFile(join(ROOT, 'package.json'), 'utf8'),
  );
  const manifest = {
    name,
    version,
    description,
    license,
    type: 'module',
    bin: { regfleet: 'bin/regfleet.mjs' },
    // A command, and no library.
    exports: { './package.json': './package.json', './config.schema.json': './docs/config.schema.json' },
    engines: { node: `>=${OLDEST_NODE}` },
  };
  return manifest;
}

/** The texts of the repository that are shipped, by where they are. */
async function shippedTexts(): Promise<Record<string, string>> {
  const docs = (await readdir(join(ROOT, 'docs'))).filter((file) => /\.(?:md|json)$/.test(file));
  const files = [...TEXTS, ...docs.toSorted().map((file) => `docs/${file}`)];
  const shipped = new Set(files);
  const read = async (file: string): Promise<[string, string]> => {
    const text = await readFile(join(ROOT, file), 'utf8');
    return [file, file.endsWith('.md') ? shippedPage(text, file, shipped) : text];
  };
  return Object.fromEntries(await Promise.all(files.map(read)));
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
