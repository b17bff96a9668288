import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../check/run.ts';

/** How a container is run, as OCI's image config says it. */
export interface RuntimeConfig {
  readonly User: string;
  readonly ExposedPorts: Readonly<Record<string, object>>;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
}

/** What the last stage of the Dockerfile says of the containers, so that it is said once. */
export const readRuntimeConfig = (): RuntimeConfig =>
  runtimeConfigOf(readFileSync(join(ROOT, 'deploy/images/Dockerfile'), 'utf8'));

/** @throws {Error} where it says what this does not understand. */
export function runtimeConfigOf(dockerfile: string): RuntimeConfig {
  const lines = dockerfile.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const [, copy = '', ...stage] = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
  // All files come from what is laid out.
  if (!/^COPY --from=\S+ \S+ \/$/.test(copy)) throw new Error(`the last stage copies otherwise: ${copy}`);
  const said = { ENV: [], LABEL: [], EXPOSE: [], USER: [], ENTRYPOINT: [], CMD: [] } as Record<
    string,
    string[]
  >;
  for (const line of stage) {
    const [, name = '', words = ''] = /^([A-Z]+) ([^\\$]*)$/.exec(line) ?? [];
    const lists = said[name];
    if (lists === undefined) throw new Error(`an instruction that images are not laid out by: ${line}`);
    lists.push(words);
  }
  const pairs = (name: string) => (said[name] ?? []).flatMap(pairsOf);
  const last = (name: string): string => said[name]?.at(-1) ?? '';
  return {
    User: last('USER'),
    ExposedPorts: Object.fromEntries((said.EXPOSE ?? []).map((port) => [`${port}/tcp`, {}])),
    Env: pairs('ENV').map(([name, value]) => `${name}=${value}`),
    Entrypoint: JSON.parse(last('ENTRYPOINT')),
    Cmd: JSON.parse(last('CMD')),
    Labels: Object.fromEntries(pairs('LABEL')),
  };
}

const pairsOf = (words: string): [string, string][] =>
  [...words.matchAll(/([^\s=]+)=(?:"([^"]*)"|(\S*))/g)].map(([, name = '', quoted, plain = '']) => [
    name,
    quoted ?? plain,
  ]);
