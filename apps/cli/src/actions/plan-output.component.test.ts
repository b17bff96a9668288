import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startHttpServer, temporaryFolder } from '@regfleet/harness';
import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import { runProgram } from '../program.ts';
import { processTerminal } from '../terminal.ts';

const SEED = { seed: inject('fuzz').seed, numRuns: 300 };
const CONTROL = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u;
const FORGED = 'a\nregfleet: all is well\u001b[2J\u202e\u009b\u2028\0';

/** A server that lists names which begin as `first` does, as repositories and as tags of each. */
const startSource = (first: string) => {
  const made = fc.sample(fc.string({ unit: 'binary', maxLength: 30 }), SEED);
  const names = [first, 'good', ...made];
  const body = JSON.stringify({ repositories: names, tags: names });
  return startHttpServer(({ url = '' }, response) => {
    const isList = /\/_catalog|\/tags\/list(?:\?|$)/.test(url);
    response
      .writeHead(isList ? 200 : 404, { 'content-type': 'application/json' })
      .end(isList ? body : undefined);
  });
};

/** What `plan` prints as its result, and on both streams. */
async function printed(host: string, ...flags: string[]): Promise<{ out: string; text: string }> {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'config.yaml');
  const location = `{registry: '${host}', auth: none, skip-tls-verify: true}`;
  const mappings = `[{from: 'regex:(?s).*', to: m, tags: ['regex:(?s).*']}]`;
  await writeFile(
    file,
    `relay: direct\ntasks: [{name: t, source: ${location}, target: ${location}, mappings: ${mappings}}]\n`,
  );
  const [out, err]: [string[], string[]] = [[], []];
  const stream = (written: string[]) => ({
    write: (text: string) => written.push(text),
    on: () => undefined,
  });
  const streams = { stdout: stream(out), stderr: stream(err), env: {} };
  const terminal = processTerminal(streams as unknown as NodeJS.Process);
  await runProgram([...flags, '-c', file, 'plan'], terminal, '0.0.0');
  return { out: out.join(''), text: [...out, ...err].join('') };
}

describe('cli/actions/plan', () => {
  it('prints nothing raw of what a source lists', async () => {
    await using source = await startSource(FORGED);
    const { text } = await printed(source.host);
    expect(text).toContain(`${source.host}/m/good:good`);
    expect(text).toContain('a\\nregfleet: all is well\\u001b[2J\\u202e\\u009b\\u2028\\u0000');
    expect(text).not.toMatch(CONTROL);
    expect(text).not.toMatch(/^regfleet: all is well/m);
  });

  it('tells each request on standard error where it is to be verbose', async () => {
    await using source = await startSource('good');
    const { text, out } = await printed(source.host, '-v');
    expect(text).toContain('registry answered');
    expect(out).not.toContain('registry answered');
    expect(text).toMatch(/"path":"\/v2\/_catalog","status":200,"durationMs":\d+/);
  });

  it('prints JSON that holds it as it is, and nothing raw', async () => {
    await using source = await startSource(FORGED);
    const { out, text } = await printed(source.host, '--json');
    expect(text).not.toMatch(CONTROL);
    const [{ errors } = { errors: [] }]: { errors: { message: string }[] }[] = JSON.parse(out);
    expect(errors.some(({ message }) => message.includes(FORGED))).toBe(true);
  });
});
