import { configJsonSchema } from '@regfleet/config';
import { printableLines } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { runProgram } from './program.ts';
import { keptTerminal } from './terminal.fixture.ts';
import type { Terminal } from './terminal.ts';

/** A terminal of somebody whose config is empty and whose Redis is away. */
const recorder = (env: Terminal['env'] = {}) =>
  keptTerminal({ env: { REGFLEET_CONFIG: '/dev/null', REGFLEET_REDIS_URL: 'redis://127.0.0.1:1', ...env } });

describe('cli/program', () => {
  it('tells a wrong command line as JSON where JSON was asked for', async () => {
    const { terminal, out } = recorder();
    expect(await runProgram(['--json', 'copy', 'only-one'], terminal, '0.0.0')).toBe(2);
    expect(JSON.parse(out.join('\n'))).toMatchObject({
      error: { kind: 'config', code: 'USAGE_INVALID', message: "missing required argument 'target'" },
    });
  });

  it.each([
    [[], { message: 'no command is given' }],
    [['statu'], { message: "unknown command 'statu'", hint: 'Did you mean status?' }],
    [['help', 'plam'], { message: "unknown command 'plam'", hint: 'Did you mean plan?' }],
    [['sync', '--onc'], { message: "unknown option '--onc'", hint: 'Did you mean --once?' }],
  ])('says in JSON what is wrong with %j apart from what was meant', async (argv, error) => {
    const { terminal, out } = recorder();
    expect(await runProgram(['--json', ...argv], terminal, '0.0.0')).toBe(2);
    expect(JSON.parse(out.join('\n'))).toMatchObject({ error });
  });

  it.each([
    [['bad\u001b[31m\nforged'], "error: unknown command 'bad\\u001b[31m\\nforged'"],
    [['status', '--no\nforged'], "error: unknown option '--no\\nforged'"],
    [['sync', '--relay', 'x\u202e\n'], /^error: .* argument 'x\\u202e\\n' is invalid/],
    [['statu'], "error: unknown command 'statu'\n(Did you mean status?)"],
    [['help', 'plam'], "error: unknown command 'plam'\n(Did you mean plan?)"],
    [['help', 'nothing-like-it'], "error: unknown command 'nothing-like-it'"],
  ])('tells what is wrong with %j on one line', async (argv, told) => {
    const { terminal, err } = recorder();
    expect(await runProgram(argv, terminal, '0.0.0')).toBe(2);
    expect(err[0]).toEqual(typeof told === 'string' ? told : expect.stringMatching(told));
    expect(err.slice(1)).toEqual(['(add --help for what is possible)']);
  });

  it('prints its help and version as results', async () => {
    const { terminal, out, err } = recorder();
    expect(await runProgram(['--version'], terminal, '1.2.3')).toBe(0);
    expect(await runProgram(['status', '--help'], terminal, '1.2.3')).toBe(0);
    expect(out).toEqual(['1.2.3', expect.stringMatching(/^Usage: regfleet status/)]);
    expect(err).toEqual([]);
  });

  it('prints version and schema as documents', async () => {
    const { terminal, out } = recorder();
    expect(await runProgram(['version', '--json'], terminal, '1.2.3')).toBe(0);
    expect(await runProgram(['schema'], terminal, '1.2.3')).toBe(0);
    const [version, schema] = out.map((text) => JSON.parse(text));
    expect(version).toEqual({ version: '1.2.3', node: process.version, platform: expect.any(String) });
    expect(schema).toEqual(configJsonSchema());
  });

  it.each([
    [['help'], /^Usage: regfleet \[options\]/],
    [['help', 'help'], /^Usage: regfleet \[options\]/],
    [['help', 'status'], /^Usage: regfleet status/],
  ])('prints what %j asks for', async (argv, usage) => {
    const { terminal, out } = recorder();
    expect(await runProgram(argv, terminal, '0.0.0')).toBe(0);
    expect(out[0]).toMatch(usage);
  });

  it('takes no command to be both verbose and quiet', async () => {
    const { terminal, err } = recorder();
    expect(await runProgram(['status', '-v', '-q'], terminal, '0.0.0')).toBe(2);
    expect(err[0]).toMatch(/'-v, --verbose' cannot be used with option '-q, --quiet'/);
  });

  it.each([
    ['-v', { LOG_LEVEL: 'error' }, true],
    ['--json', { LOG_LEVEL: 'debug' }, true],
    ['-q', { LOG_LEVEL: 'debug' }, false],
  ])('tells with %s in %j where an error comes from: %s', async (flag, env, isTold) => {
    const { terminal, err } = recorder(env);
    expect(await runProgram(['retry', 'x', '--code', 'no', flag], terminal, '0.0.0')).toBe(2);
    expect(err.join('\n').includes('    at ')).toBe(isTold);
  });

  it('tells of the config by records alone where sync is to log records', async () => {
    const { terminal, out, err } = recorder({ LOG_FORMAT: 'json', LOG_LEVEL: '' });
    const records: string[] = [];
    const errorStream = { write: (text: string) => void records.push(text) };
    expect(await runProgram(['sync', '--once', '--json'], { ...terminal, errorStream }, '0.0.0')).toBe(0);
    expect({ out, err }).toEqual({ out: ['[]'], err: [] });
    expect(records.map((record) => JSON.parse(record) as object)).toMatchObject([
      { level: 'warn', msg: expect.stringContaining('the file has no tasks') },
    ]);
  });

  it.each([
    [['pause', '--all', '--for', '2'], '--for wants a duration from 1s to 9000h, not "2"'],
    [['pause', '--all', '--for', '1ms'], '--for wants a duration from 1s to 9000h, not "1ms"'],
    [['pause', '--all', '--reason', 'x'.repeat(501)], '--reason has more than 500 characters'],
    [['pause'], 'it is not said what is meant'],
    [['retry', 'x', '--code', 'DENIE'], 'there is no error code "DENIE"'],
    [['jobs', '--failed', '--code', 'denie'], 'there is no error code "denie"'],
    [['cancel'], "missing required argument 'id'"],
  ])('refuses %j before anything is asked', async (argv, message) => {
    const { terminal, out } = recorder();
    expect(await runProgram(['--json', ...argv], terminal, '0.0.0')).toBe(2);
    expect(JSON.parse(out.join('\n'))).toMatchObject({ error: { code: 'USAGE_INVALID', message } });
  });

  it('refuses to copy an image under the digest of another', async () => {
    const { terminal, out } = recorder();
    const [one, other] = ['1', '2'].map((digit) => `sha256:${digit.repeat(64)}`);
    const argv = ['--json', 'copy', `registry.test/a@${one}`, `registry.test/b@${other}`];
    expect(await runProgram(argv, terminal, '0.0.0')).toBe(2);
    expect(JSON.parse(out.join('\n'))).toMatchObject({ error: { code: 'REFERENCE_INVALID' } });
  });

  it('refuses to copy an image onto itself, by whatever name of Docker Hub', async () => {
    const { terminal, out } = recorder();
    const argv = ['--json', 'copy', 'docker.io/busybox', 'index.docker.io/library/busybox:latest'];
    expect(await runProgram(argv, terminal, '0.0.0')).toBe(2);
    expect(JSON.parse(out.join('\n'))).toMatchObject({ error: { code: 'REFERENCE_INVALID' } });
  });

  it('refuses a Redis URL that cannot be read without repeating it', async () => {
    const { terminal, out, err } = recorder();
    const argv = ['--json', '--redis', 'redis://:secret%zz@redis.test', 'plan'];
    expect(await runProgram(argv, terminal, '0.0.0')).toBe(2);
    expect(JSON.parse(out.join('\n'))).toMatchObject({ error: { code: 'REDIS_UNSUITABLE' } });
    expect([...out, ...err].join('\n')).not.toContain('secret');
  });

  describe('when it meets a bug', () => {
    const buggy = (env: Terminal['env'], ...flags: string[]) => {
      const recorded = recorder(env);
      const terminal: Terminal = {
        ...recorded.terminal,
        out: (text) => {
          // Of what a command prints, its first try.
          if (!text.includes('INTERNAL')) throw new TypeError('a bug of the test\n\u001b[2J');
          recorded.terminal.out(text);
        },
      };
      const code = runProgram([...flags, 'validate'], terminal, '0.0.0');
      return { ...recorded, code };
    };

    it('tells it as JSON where JSON was asked for, without a stack', async () => {
      const { code, out, err } = buggy({}, '--json');
      expect(await code).toBe(75);
      expect(JSON.parse(out.join('\n'))).toMatchObject({
        error: { code: 'INTERNAL', message: expect.stringContaining('TypeError: a bug of the test') },
      });
      expect(err.join('\n')).not.toContain('at ');
    });

    it('tells it in one line and a hint, and where it was at a debug level only', async () => {
      const plain = buggy({});
      expect(await plain.code).toBe(75);
      expect(plain.err.join('\n')).toMatch(/^regfleet: INTERNAL: .*\n {2}hint: .*$/);
      const debugged = buggy({ LOG_LEVEL: 'debug' });
      expect(await debugged.code).toBe(75);
      expect(debugged.err.join('\n')).toMatch(/\n {4}at .*program\.test/);
    });
  });

  describe('called in the form of dregsy', () => {
    it.each([
      [['-help'], /^Usage of .*-config string/s],
      [['-config=/dev/null', '-h'], /^Usage of .*-config string/s],
      [['-config=/dev/null', '-runn=x'], /^flag provided but not defined: -runn\nUsage of/],
    ])('answers %j with the usage on standard error, and ends with 1', async (words, usage) => {
      const { terminal, out, err } = recorder();
      expect(await runProgram(['sync', ...words], terminal, '0.0.0')).toBe(1);
      expect(out).toEqual([]);
      expect(err.join('\n')).toMatch(usage);
      expect(err.map(printableLines)).toEqual(err);
    });

    it.each([
      ['-run=x', undefined],
      ['-config=', ''],
    ])('ends with 1 where %s and REGFLEET_CONFIG name no config: %j', async (word, file) => {
      const { terminal, out } = recorder({ REGFLEET_CONFIG: file });
      expect(await runProgram(['sync', word], terminal, '1.2.3')).toBe(1);
      expect(out.join('\n')).toMatch(/^regfleet 1\.2\.3\nsynopsis: regfleet sync -config=/);
    });

    it('ends with 1 where the config cannot be read', async () => {
      const { terminal, err } = recorder();
      expect(await runProgram(['sync', '-config=/nonexistent/a.yaml'], terminal, '0.0.0')).toBe(1);
      expect(err.join('\n')).toContain('CONFIG_UNREADABLE');
    });
  });

  it.each([
    [['sync', '--nonsense'], 2],
    [['sync', '-config=/dev/null', '--nonsense'], 2],
    [['sync', '-h'], 0],
    [['sync', '--help'], 0],
  ])('ends %j with the code of our flags, %d', async (argv, code) => {
    expect(await runProgram(argv, recorder().terminal, '0.0.0')).toBe(code);
  });
});
