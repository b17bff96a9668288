import { fileURLToPath } from 'node:url';
import { type CommandResult, runCommand } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';

const LAUNCHER = fileURLToPath(new URL('../../apps/cli/bin/regfleet.mjs', import.meta.url));

/** `regfleet --version`, or with other words, in a process that runs `script` first. */
function start(script: string, words: readonly string[] = ['--version']): Promise<CommandResult> {
  const before = `data:text/javascript,${encodeURIComponent(script)}`;
  return runCommand([process.execPath, '--import', before, LAUNCHER, ...words]);
}

describe('system/launcher', () => {
  it('says which Node it needs when an older one starts it', async () => {
    const { code, stdout, stderr } = await start(
      "Object.defineProperty(process, 'versions', { value: { node: '22.14.0' } });" +
        "Object.defineProperty(process, 'version', { value: 'v22.14.0' });",
    );
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      'regfleet needs Node 22.19 or newer and was started with v22.14.0: "npx regfleet" takes the one of "npm install node@24"\n',
    );
  });

  it.each([
    ['for a reader', [], 'stderr'],
    ['as JSON', ['--json'], 'stdout'],
  ] as const)('tells of a command that waits for nothing any more, %s', async (_title, flags, stream) => {
    const words = ['validate', '-c', 'config.yaml', '--redis', 'redis://:hunter22@redis.test', ...flags];
    const result = await start(
      "import fs from 'node:fs'; import { syncBuiltinESMExports } from 'node:module';" +
        "import { Readable } from 'node:stream';" +
        'fs.createReadStream = () => new Readable({ read() {} }); syncBuiltinESMExports();',
      words,
    );
    expect(result.code).toBe(1);
    for (const told of [/regfleet validate .*has not ended/, /bug in regfleet/, /INTERNAL/])
      expect(result[stream]).toMatch(told);
    expect(result.stdout + result.stderr).not.toMatch(/hunter22|top-level await/);
  });

  it('leaves threads for others while some wait for a name server, as many as the operator wants', async () => {
    const tellThreads =
      "import fs from 'node:fs'; const tasks = '/proc/self/task';" +
      "const isPooled = (task) => fs.readFileSync(tasks + '/' + task + '/comm', 'utf8').startsWith('libuv-worker');" +
      "process.on('exit', () => console.error(fs.readdirSync(tasks).filter(isPooled).length));";
    const threads = async (size: string): Promise<number> => {
      const script = `if ('${size}') process.env.UV_THREADPOOL_SIZE = '${size}'; ${tellThreads}`;
      const { stderr } = await start(script, ['validate', '-c', '/nonexistent/config.yaml']);
      return Number(stderr.trim().split('\n').at(-1));
    };
    expect([await threads(''), await threads('5')]).toEqual([32, 5]);
  });

  it('does not load the type stripper where the code cache holds the sources', async () => {
    const tellLoaded =
      "process.on('exit', () => console.error(process.moduleLoadList.some((name) => name.includes('amaro'))));";
    await start(tellLoaded);
    const { code, stderr } = await start(tellLoaded);
    expect(code).toBe(0);
    expect(stderr).toBe('false\n');
  });
});
