import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { makeBundle } from '../bundle/make-bundle.ts';
import { ROOT } from '../check/run.ts';
import { buildLayout } from '../image/build-image.ts';
import type { Downloads } from '../image/download.ts';
import { VARIANTS } from '../image/layers.ts';
import { ARCHITECTURES, type Architecture, type ImageLock } from '../image/lock.ts';
import { runProgram } from '../image/programs.ts';
import { writeArchive, writeTar } from './archive.ts';
import { type LaidOutPackage, layOutPackage } from './package-folder.ts';
import { layOutPortable } from './portable-folder.ts';
import { sbomOf } from './sbom.ts';

export interface ReleaseSources {
  readonly lock: ImageLock;
  readonly downloads: Downloads;
  /** The time that all files have in archives, in seconds since 1970. */
  readonly epochSeconds: number;
  readonly say: (line: string) => void;
}

/** Beside the archives for who decides whether to take them. */
const TEXTS = ['CHANGELOG.md', 'LICENSE', 'NOTICE', 'SECURITY.md', 'THIRD-PARTY-LICENSES'];

export const SUMS = 'SHA256SUMS';

/**
 * Writes all that is published of a version into an empty or missing folder: the package for npm, an archive with Node for each
 * architecture, what is in each (CycloneDX), the image, what deploys it, the licences, and the sums of all of these. The bundle is made anew.
 *
 * @returns the version.
 */
export async function buildRelease(output: string, sources: ReleaseSources): Promise<string> {
  await mkdir(output, { recursive: true });
  if ((await readdir(output)).length > 0) throw new Error(`${output} is not empty`);
  await makeBundle();
  const work = await mkdtemp(join(tmpdir(), 'rf-release-'));
  try {
    const packageFolder = join(work, 'package');
    const laidOut = await layOutPackage(packageFolder);
    const name = `regfleet-${laidOut.version}`;
    const { epochSeconds } = sources;
    await writeArchive(packageFolder, join(output, `${name}.tgz`), { root: 'package', epochSeconds });
    await copyFile(join(packageFolder, 'sbom.cdx.json'), join(output, `${name}.cdx.json`));
    for (const file of TEXTS) await copyFile(join(packageFolder, file), join(output, file));
    for (const architecture of ARCHITECTURES) {
      const folder = join(work, architecture);
      const root = `${name}-linux-${architecture}`;
      await mkdir(folder);
      await layOutPortable(folder, { packageFolder, nodeArchive: await nodeArchive(architecture, sources) });
      await writeArchive(folder, join(output, `${root}.tar.gz`), { root, epochSeconds });
      await writeFile(join(output, `${root}.cdx.json`), sbomWithNode(laidOut, architecture, sources));
    }
    await addDeployment(output, work, { name, epochSeconds });
    await addImage(output, work, { ...sources, name });
    await writeSums(output);
    return laidOut.version;
  } finally {
    await rm(work, { recursive: true });
  }
}

const nodeArchive = (architecture: Architecture, { lock, downloads }: ReleaseSources): Promise<string> => {
  const { name, integrity } = lock.node.packages[architecture];
  return downloads.npm(`${name}@${lock.node.version}`, integrity);
};

function sbomWithNode(laidOut: LaidOutPackage, architecture: Architecture, { lock }: ReleaseSources): string {
  const { name, integrity } = lock.node.packages[architecture];
  const node = { name, version: lock.node.version, license: 'MIT', integrity };
  return sbomOf(laidOut, [...laidOut.thirdParties, node]);
}

/** The chart as Helm takes it, and all of `deploy/`. */
async function addDeployment(
  output: string,
  work: string,
  { name, epochSeconds }: { readonly name: string; readonly epochSeconds: number },
): Promise<void> {
  const folder = join(work, 'deployment');
  await mkdir(folder);
  // Of the commit: beside it are passwords of whoever tries it.
  const committed = await runProgram('git', ['-C', ROOT, 'archive', '--format=tar', 'HEAD', 'deploy']);
  await runProgram('tar', ['--extract', '--directory', folder], { input: committed });
  const deploy = join(folder, 'deploy');
  await writeArchive(deploy, join(output, `${name}-deploy.tar.gz`), { root: `${name}-deploy`, epochSeconds });
  const chart = { root: 'regfleet', epochSeconds };
  await writeArchive(join(deploy, 'helm/regfleet'), join(output, `${name}-chart.tgz`), chart);
}

/** As an archive of an OCI layout, which skopeo, podman and containerd read. */
async function addImage(
  output: string,
  work: string,
  { name, lock, downloads, epochSeconds, say }: ReleaseSources & { readonly name: string },
): Promise<void> {
  const folder = join(work, 'image');
  await buildLayout(folder, { architectures: ARCHITECTURES, variants: VARIANTS }, { lock, downloads }, say);
  await writeTar(folder, join(output, `${name}-image.oci.tar`), epochSeconds);
}

/** As `sha256sum --check` reads them. */
async function writeSums(folder: string): Promise<void> {
  const lines: string[] = [];
  for (const file of (await readdir(folder)).toSorted()) {
    const hash = createHash('sha256');
    await pipeline(createReadStream(join(folder, file)), hash);
    lines.push(`${hash.digest('hex')}  ${file}\n`);
  }
  await writeFile(join(folder, SUMS), lines.join(''));
}
