import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  digestOf,
  pushImage,
  startRegistry,
  startTokenServer,
  type TemporaryFolder,
  type TestRegistry,
  type TokenServer,
  temporaryFolder,
} from '@regfleet/harness';
import type { RelayName } from '@regfleet/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Relay } from './contract.ts';
import { ambient, RelayUnderTest } from './relay.fixture.ts';

const encode = (text: string): string => Buffer.from(text).toString('base64');

/** How `docker login` and credential helpers keep an identity token. */
const FORMS: readonly (readonly [string, (host: string, identitytoken: string) => object])[] = [
  ['without a name', (host, identitytoken) => ({ auths: { [host]: { auth: '', identitytoken } } })],
  ['with a name', (host, identitytoken) => ({ auths: { [host]: { auth: encode('joe:'), identitytoken } } })],
  ['in a helper', (host) => ({ credHelpers: { [host]: 'identity' } })],
];

/** What every relay has to do with the identity tokens of a registry whose token server takes them (OAuth2). */
export function describeIdentityTokens(name: RelayName, open: () => Promise<Relay>): void {
  describe(`relay/${name}/identity-tokens`, () => {
    let source: TestRegistry;
    let tokens: TokenServer;
    let guarded: TestRegistry;
    let folder: TemporaryFolder;

    beforeAll(async () => {
      const users = [{ username: 'joe', password: 'of no use' }];
      tokens = await startTokenServer({ users, expiresInSeconds: 60 });
      [source, guarded, folder] = await Promise.all([
        startRegistry(),
        startRegistry({ tokenServer: tokens }),
        temporaryFolder(),
      ]);
      await pushImage(source, 'app', 'v1', { layers: ['one'] });
      const answer = JSON.stringify({ Username: '<token>', Secret: tokens.identityToken('joe') });
      const helper = join(folder.path, 'docker-credential-identity');
      await writeFile(helper, `#!/bin/sh\ncat > /dev/null\necho '${answer}'\n`);
      await chmod(helper, 0o755);
    });

    afterAll(() => Promise.all([source, guarded, tokens, folder].map((resource) => resource?.stop())));

    it.each(FORMS)('pushes and pulls by one that is kept %s', async (form, fileOf) => {
      const REGISTRY_AUTH_FILE = join(folder.path, 'auth.json');
      const file = fileOf(guarded.host, tokens.identityToken('joe'));
      await writeFile(REGISTRY_AUTH_FILE, JSON.stringify(file));
      const env = { REGISTRY_AUTH_FILE, PATH: `${folder.path}:${process.env.PATH}` };
      await using relay = new RelayUnderTest(await open(), env);
      const tag = form.replaceAll(' ', '-');
      const asked = tokens.requests.length;
      await relay.copy([source, 'app:v1'], [guarded, `app:${tag}`], { target: ambient });
      await relay.copy([guarded, `app:${tag}`], [source, `back:${tag}`], { source: ambient });
      expect(await digestOf(source, 'back', tag)).toBeDefined();
      const requests = tokens.requests.slice(asked);
      expect(requests.filter(({ status }) => status !== 200)).toEqual([]);
      expect(requests.map(({ method, account }) => `${method} ${account}`)).toContain('POST joe');
    });
  });
}
