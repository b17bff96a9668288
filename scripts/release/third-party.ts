import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../check/run.ts';
import type { Part } from './sbom.ts';

/** A package of others, of which a part is shipped. */
export interface ThirdParty extends Part {
  /** Its licence and its notices, word for word. */
  readonly texts: readonly string[];
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly licenses?: readonly { readonly type: string }[];
}

// npm's record of what it has put there.
const INSTALLED = 'node_modules/.package-lock.json';

interface Installed {
  readonly packages: Readonly<Record<string, { readonly integrity?: string }>>;
}

// Helpers of the bundler are in what it makes.
const BUNDLER = 'node_modules/rolldown';

const LEGAL_FILE = /^(?:licen[cs]e|notice|copying)(?:[-.].*)?$/i;

/** @param packages - where they are installed, from the root of the repository. */
export function thirdPartiesOf(packages: readonly string[]): ThirdParty[] {
  const { packages: installed } = JSON.parse(readFileSync(join(ROOT, INSTALLED), 'utf8')) as Installed;
  const all = [...packages, BUNDLER].map((place) => {
    const { integrity } = installed[place] ?? {};
    return { ...thirdPartyIn(place), ...(integrity !== undefined && { integrity }) };
  });
  // One may be installed in several places.
  const byName = new Map(all.map((party) => [`${party.name}@${party.version}`, party]));
  return [...byName].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, party]) => party);
}

function thirdPartyIn(place: string): ThirdParty {
  const folder = join(ROOT, place);
  const { name, version, license, licenses } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as Manifest;
  // Packages of old have a list.
  const named = license ?? licenses?.map(({ type }) => type).join(' OR ');
  // Who does not say it could not be shipped.
  if (named === undefined) throw new Error(`${place}: package.json names no licence`);
  const files = readdirSync(folder).filter((file) => LEGAL_FILE.test(file));
  const texts = files.toSorted().map((file) => readFileSync(join(folder, file), 'utf8').trim());
  return { name, version, license: named, texts };
}

/** One text with the licences of all, each once. */
export function licencesText(parties: readonly ThirdParty[]): string {
  const namesByText = new Map<string, string[]>();
  for (const { name, version, license, texts } of parties) {
    const text =
      texts.length === 0
        ? `Its package has no text beside its licence's name: ${license}`
        : texts.join('\n\n');
    namesByText.set(text, [...(namesByText.get(text) ?? []), `${name} ${version} (${license})`]);
  }
  const rule = '-'.repeat(80);
  const parts = [...namesByText].map(([text, names]) => `${rule}\n${names.join('\n')}\n${rule}\n\n${text}\n`);
  return `Regfleet contains parts of these packages, under these licences.\n\n${parts.join('\n')}`;
}
