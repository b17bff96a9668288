import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf, pushImage, startRegistry, temporaryFolder } from '@regfleet/harness';
import { parseReference, parseRegistryName, type RelayName, silentLogger } from '@regfleet/model';
import { createRegistries } from '@regfleet/registry';
import { describe, expect, it } from 'vitest';
import { copyImage } from './copy-image.ts';
import { openRelay } from './definitions.ts';

const encode = (text: string): string => Buffer.from(text).toString('base64');

describe('relay/copy-image', () => {
  it.each(['direct', 'skopeo'] as const satisfies readonly RelayName[])(
    'shows the %s relay the login of the repository',
    async (name) => {
      await using folder = await temporaryFolder();
      await using source = await startRegistry();
      await using target = await startRegistry({ htpasswd: { username: 'team', password: 'of the team' } });
      const auths = {
        [target.host]: { auth: encode('somebody:else') },
        [`${target.host}/team`]: { auth: encode('team:of the team') },
      };
      const REGISTRY_AUTH_FILE = join(folder.path, 'auth.json');
      await writeFile(REGISTRY_AUTH_FILE, JSON.stringify({ auths }));
      await using resources = new AsyncDisposableStack();
      const registries = createRegistries({ logger: silentLogger, env: { REGISTRY_AUTH_FILE } });
      resources.defer(() => registries.close());
      const relay = await openRelay(
        name,
        { skopeo: { binary: 'skopeo', certsDir: folder.path } },
        { logger: silentLogger },
      );
      resources.defer(() => relay.close());
      const { digest } = await pushImage(source, 'app', 'v1', { layers: ['one'] });
      const location = (registry: string) => ({
        registry: parseRegistryName(registry),
        auth: { kind: 'ambient' } as const,
        tls: { skipVerify: true, certsDir: '' },
      });
      const request = {
        relay: name,
        source: parseReference(`${source.host}/app:v1`),
        target: parseReference(`${target.host}/team/app:v1`),
      };
      const options = {
        source: location(source.host),
        target: location(target.host),
        verbose: false,
        signal: new AbortController().signal,
      };
      const records = { set: async () => undefined };
      await copyImage(request, options, {
        registries,
        relays: new Map([[name, relay]]),
        records,
        logger: silentLogger,
      });
      expect(await digestOf(target, 'team/app', 'v1')).toBe(digest);
    },
  );
});
