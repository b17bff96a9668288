import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type TemporaryFolder, temporaryFolder } from '@regfleet/harness';
import { type Location, parseRegistryName, silentLogger } from '@regfleet/model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TlsNotices } from './tls-notices.ts';

describe('relay/docker/tls-notices', () => {
  let folder: TemporaryFolder;
  let warnings: object[];

  beforeEach(async () => {
    folder = await temporaryFolder();
    warnings = [];
  });

  afterEach(() => folder.stop());

  const logger = { ...silentLogger, warn: (fields: object) => warnings.push(fields) };

  const location = (skipVerify = false): Location => ({
    registry: parseRegistryName('a.example:5000'),
    auth: { kind: 'anonymous' },
    tls: { skipVerify, certsDir: folder.path },
  });

  it('says once per registry what has no effect', async () => {
    const notices = new TlsNotices();
    await notices.tell('a.example:5000', location(true), logger);
    await notices.tell('a.example:5000', location(true), logger);
    await notices.tell('b.example', location(true), logger);
    expect(warnings).toEqual([
      { registry: 'a.example:5000', settings: ['skip-tls-verify'] },
      { registry: 'b.example', settings: ['skip-tls-verify'] },
    ]);
  });

  it('lets registries go of which nothing was copied in a week', async () => {
    const clock = { ms: 0 };
    const notices = new TlsNotices(() => clock.ms);
    for (const registry of ['a.example', 'b.example']) await notices.tell(registry, location(), logger);
    clock.ms += 7 * 24 * 3_600_000;
    await notices.tell('c.example', location(), logger);
    expect(notices.size).toBe(1);
  });

  it.each(['a.example', 'a.example:5000'])('speaks of a certificates folder that has %s', async (host) => {
    await mkdir(join(folder.path, host));
    await new TlsNotices().tell('a.example:5000', location(), logger);
    expect(warnings).toEqual([{ registry: 'a.example:5000', settings: ['certs-dir'] }]);
  });

  it('is silent where nothing is set', async () => {
    await new TlsNotices().tell('a.example:5000', location(), logger);
    expect(warnings).toEqual([]);
  });
});
