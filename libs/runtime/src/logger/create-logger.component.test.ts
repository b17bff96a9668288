import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand, temporaryFolder } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';

const MODULE = fileURLToPath(new URL('create-logger.ts', import.meta.url));

describe('runtime/logger/create-logger', () => {
  it('fails nobody while the disk is full, keeps a little of what it was told, and goes on afterwards', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'log');
    const source = `
      import { closeSync, openSync } from 'node:fs';
      import { createLogger } from ${JSON.stringify(MODULE)};
      const logger = createLogger({ service: 'test', env: {} });
      for (let line = 0; line < 3000; line += 1) logger.info({ line, text: 'x'.repeat(1000) }, 'told in vain');
      closeSync(1);
      openSync(${JSON.stringify(file)}, 'a');
      for (const line of [1, 2]) logger.info({ line, text: 'x'.repeat(2000) }, 'well again');`;
    const argv = ['sh', '-c', '"$0" --input-type=module -e "$1" >/dev/full', process.execPath, source];
    expect(await runCommand(argv)).toMatchObject({ code: 0, stderr: '' });
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    expect(lines.length).toBeLessThan(1_050);
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ msg: 'told in vain', line: 0 }),
        expect.objectContaining({ msg: 'well again', line: 2 }),
      ]),
    );
  });
});
