import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../check/run.ts';
import { VARIANTS, type Variant } from './layers.ts';
import { ARCHITECTURES, type Architecture } from './lock.ts';

export const USAGE = `usage: npm run image -- [--architecture amd64,arm64] [--variant full,slim] [--output FOLDER]
       npm run image -- --root FOLDER [--architecture amd64] [--variant full]
       npm run image -- --update-lock

  --architecture  for which processors, this machine's unless said; two of them become an index
  --variant       full, with skopeo, or slim, without; both unless said
  --output        where the OCI layout is written, dist/image unless said
  --root          an empty or missing folder that becomes the root file system, and no layout is written
  --update-lock   looks up the newest packages of Debian and writes deploy/images/lock.json`;

export interface ImageOptions {
  readonly architectures: readonly Architecture[];
  readonly variants: readonly Variant[];
  readonly output: string;
  readonly root: string | undefined;
  readonly updateLock: boolean;
}

/** @throws {Error} that says what is wrong. */
export function parseOptions(args: readonly string[]): ImageOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      architecture: { type: 'string', default: process.arch === 'arm64' ? 'arm64' : 'amd64' },
      variant: { type: 'string' },
      output: { type: 'string', default: join(ROOT, 'dist/image') },
      root: { type: 'string' },
      'update-lock': { type: 'boolean', default: false },
    },
  });
  const { output, root, 'update-lock': updateLock } = values;
  const architectures = oneOrMore('--architecture', values.architecture, ARCHITECTURES);
  const variants = oneOrMore(
    '--variant',
    values.variant ?? (root === undefined ? VARIANTS.join() : 'full'),
    VARIANTS,
  );
  if (root !== undefined && architectures.length * variants.length > 1)
    throw new Error('--root takes one architecture and one variant');
  return { architectures, variants, output, root, updateLock };
}

function oneOrMore<Word extends string>(flag: string, list: string, known: readonly Word[]): Word[] {
  const words = list.split(',');
  const unknown = words.filter((word) => !(known as readonly string[]).includes(word));
  if (unknown.length > 0)
    throw new Error(`${flag} knows ${known.join(' and ')}, and not ${unknown.join(', ')}`);
  return known.filter((word) => words.includes(word));
}
