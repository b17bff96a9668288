import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { deployFile, podsOf, podTemplates, readDeployFile, readYaml, renderings } from './read.ts';

const COMMAND = join(import.meta.dirname, '..', '..', 'apps', 'cli', 'bin', 'regfleet.mjs');

type Line = readonly [where: string, words: readonly string[]];

/** Lines of `regfleet` in a text, from the words that stand before each. */
const linesIn = (where: string, text: string, before: string): Line[] =>
  [...text.matchAll(new RegExp(`${before}([a-z-]+(?: [^\\n]+)?)`, 'g'))].map(([, line = '']) => [
    `${where}: regfleet ${line}`,
    line.trim().split(/\s+/),
  ]);

/** Command lines of `regfleet` in deploy/, by where they are written. */
function commandLines(): Line[] {
  const { services } = readYaml('compose/compose.yaml')[0] as {
    services: Record<string, { command: string[] }>;
  };
  const compose = Object.entries(services).filter(([name]) => name !== 'redis');
  const pods = [...podTemplates(), ...renderings().flatMap(([, objects]) => podsOf(objects))];
  const units = readdirSync(deployFile('systemd')).filter((file) => file.endsWith('.service'));
  return [
    ...compose.map(([name, { command }]): Line => [`compose ${name}`, command]),
    ...pods
      .filter(([name]) => !name.endsWith('-redis'))
      .map(([name, pod]): Line => [`kubernetes ${name}`, pod.spec.containers[0]?.args ?? []]),
    ...units.flatMap((file) => linesIn(file, readDeployFile(`systemd/${file}`), 'ExecStart=regfleet ')),
    ...linesIn('cron', readDeployFile('cron/regfleet'), '\\.lock regfleet '),
    ...linesIn('GitLab', readDeployFile('ci/gitlab-ci.yaml'), '- regfleet '),
    ...linesIn('GitHub', readDeployFile('ci/github-workflow.yaml'), '"\\$IMAGE" '),
    ...linesIn('notes', readDeployFile('helm/regfleet/templates/NOTES.txt'), ' -- regfleet '),
    ...linesIn('README', readDeployFile('README.md'), '(?: -- | scheduler |^ {4}sudo -u regfleet )regfleet '),
  ];
}

/** Of one command, asked for once. */
const helps = new Map<string, Promise<{ readonly code: number | null; readonly stdout: string }>>();

function helpOf(command: string) {
  const known = helps.get(command) ?? runCommand([process.execPath, COMMAND, command, '--help']);
  helps.set(command, known);
  return known;
}

describe('deploy: command lines', () => {
  it.each(commandLines())('%s uses flags that the command has', async (_where, [command = '', ...words]) => {
    const { code, stdout } = await helpOf(command);
    expect(code).toBe(0);
    const known = new Set(stdout.match(/(?<=[\s,])--?[a-z][a-z-]*/g));
    expect(words.filter((word) => word.startsWith('-') && !known.has(word))).toEqual([]);
  });

  it.each([
    'compose',
    'kubernetes',
    'regfleet-worker@',
    'regfleet-sync',
    'cron',
    'GitLab',
    'GitHub',
    'notes',
    'README',
  ])('finds command lines of %s', (place) => {
    expect(commandLines().filter(([where]) => where.startsWith(place))).not.toEqual([]);
  });
});
