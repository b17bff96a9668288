import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { called } from '../terminal.fixture.ts';

async function convert(text: string, ...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'file.yml');
  await writeFile(file, text);
  const [tool = '', ...flags] = argv;
  return await called(['convert', tool, file, ...flags]);
}

const entry = (type: string): string =>
  `sync: [{source: hub.test/a, target: mirror.test/a, type: ${type}, schedule: '@daily', backup: old}]`;

describe('cli/actions/convert', () => {
  it('prints the config alone as its result, and notes beside it', async () => {
    const { code, out, err } = await convert(entry('repository'), 'regsync');
    expect(code).toBe(0);
    expect(out).toMatch(/^relay: direct\ntasks:\n/);
    expect(err).toContain('note: sync[0].backup: is no tag made of {{.Ref.Tag}} alone');
  });

  it('ends with 1 where an entry was left out, and with 2 where it is told too little', async () => {
    expect((await convert(entry('splunge'), 'regsync')).code).toBe(1);
    const skopeo = await convert('hub.test: {images: {a: []}}', 'skopeo');
    expect(skopeo).toMatchObject({ code: 2, err: expect.stringContaining('--to is missing') });
    expect((await convert('[1]', 'regsync')).err).toContain('CONFIG_UNREADABLE');
    const nowhere = await called(['convert', 'regsync', '/nonexistent/regsync.yaml']);
    // Neither -c nor REGFLEET_CONFIG has a say here.
    expect(nowhere).toMatchObject({ code: 2, err: expect.not.stringContaining('-c ') });
  });
});
