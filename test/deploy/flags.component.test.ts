import { join } from 'node:path';
import { runCommand } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { podTemplates, readDeployFile, readYaml } from './read.ts';

const COMMAND = join(import.meta.dirname, '..', '..', 'apps', 'cli', 'bin', 'regfleet.mjs');

/** Command lines of `regfleet` in deploy/, by where they are written. */
function commandLines(): [string, readonly string[]][] {
  const { services } = readYaml('compose/compose.yaml')[0] as {
    services: Record<string, { command: string[] }>;
  };
  const compose = Object.entries(services).filter(([name]) => name !== 'redis');
  const pods = podTemplates().filter(([name]) => name !== 'regfleet-redis');
  const readme = [...readDeployFile('README.md').matchAll(/(?: -- | scheduler )regfleet ([^\n]+)/g)];
  return [
    ...compose.map(([name, { command }]): [string, string[]] => [`compose ${name}`, command]),
    ...pods.map(([name, pod]): [string, readonly string[]] => [
      `kubernetes ${name}`,
      pod.spec.containers[0]?.args ?? [],
    ]),
    ...readme.map(([, line = '']): [string, string[]] => [`README: regfleet ${line}`, line.split(' ')]),
  ];
}

describe('deploy: command lines', () => {
  it.each(commandLines())('%s uses flags that the command has', async (_where, [command = '', ...words]) => {
    const { code, stdout } = await runCommand([process.execPath, COMMAND, command, '--help']);
    expect(code).toBe(0);
    const known = new Set(stdout.match(/(?<=[\s,])--?[a-z][a-z-]*/g));
    expect(words.filter((word) => word.startsWith('-') && !known.has(word))).toEqual([]);
  });

  it('finds command lines in every place', () => {
    expect(commandLines().length).toBeGreaterThanOrEqual(6);
  });
});
