import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startHttpServer, temporaryFolder } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { Downloads } from './download.ts';

const CONTENT = 'a package';
const sha256 = createHash('sha256').update(CONTENT).digest('hex');
const path = 'pool/main/a/app/app_1:2+b3~1_all.deb';

/** Two mirrors, of which the first has dropped the package. */
async function startMirrors(content: string) {
  const asked: string[] = [];
  const server = await startHttpServer((request, response) => {
    asked.push(decodeURIComponent(request.url ?? ''));
    if (request.url?.startsWith('/old/')) response.end(content);
    else response.writeHead(404).end();
  });
  return {
    server,
    asked,
    mirrors: (archive: string) => [`${server.url}/new/${archive}`, `${server.url}/old/${archive}`],
  };
}

describe('image/download', () => {
  it('asks the next mirror for what one has dropped, and nobody a second time', async () => {
    await using folder = await temporaryFolder();
    const { server, asked, mirrors } = await startMirrors(CONTENT);
    await using _ = server;
    const downloads = new Downloads(folder.path, mirrors);
    const file = await downloads.debian({ archive: 'debian', path, sha256 });
    expect(await readFile(file, 'utf8')).toBe(CONTENT);
    expect(await downloads.debian({ archive: 'debian', path, sha256 })).toBe(file);
    expect(asked).toEqual([`/new/debian/${path}`, `/old/debian/${path}`]);
  });

  it('takes nothing else than what was locked', async () => {
    await using folder = await temporaryFolder();
    const { server, mirrors } = await startMirrors('another package');
    await using _ = server;
    await expect(async () =>
      new Downloads(folder.path, mirrors).debian({ archive: 'debian', path, sha256 }),
    ).rejects.toThrow(/is not to be had as it was locked:[\s\S]*Hash Sum mismatch/);
    await writeFile(join(folder.path, 'package.json'), JSON.stringify({ name: 'node', version: '1.0.0' }));
    const other = `sha512-${createHash('sha512').update(CONTENT).digest('base64')}`;
    await expect(new Downloads(folder.path, mirrors).npm(folder.path, other)).rejects.toThrow(
      /has integrity sha512-\S+, not sha512-/,
    );
    expect(await readdir(folder.path)).toEqual(['package.json']);
  });
});
