import { type Exchange, type ScriptedResponse, scriptedRegistry } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { testRegistries } from './registries.fixture.ts';

const USER = { username: 'robot', password: 'hunter2' };
const TAG = '/v2/team/app/manifests/latest';
const STRANGER = { authorization: undefined };
const FOUND: ScriptedResponse = {
  status: 200,
  headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
  body: '{"schemaVersion":2}',
};

const tokenFor = (...actions: string[]): string => {
  const claims = { access: [{ type: 'repository', name: 'team/app', actions }] };
  return ['{}', JSON.stringify(claims), 'signed']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
};

const on = (method: 'GET' | 'HEAD', response: ScriptedResponse): Exchange => ({
  method,
  path: TAG,
  times: 'any',
  response,
});

/** The permission at a registry that asks for a token, gives that one, and answers questions so. */
async function permissionWith(token: string, onHead: ScriptedResponse, onGet: ScriptedResponse) {
  await using registry = await scriptedRegistry([
    {
      method: 'HEAD',
      path: TAG,
      headers: STRANGER,
      response: ({ headers }) => ({
        status: 401,
        headers: { 'www-authenticate': `Bearer realm="http://${headers.host}/token",service="test"` },
      }),
    },
    { method: 'GET', path: /^\/token/, times: 'any', response: { status: 200, body: { token } } },
    on('HEAD', onHead),
    on('GET', onGet),
  ]);
  await using scenario = testRegistries();
  const client = scenario.connect({ host: registry.host, credentials: USER });
  return await client.pushPermission('team/app');
}

async function permissionOfStranger(onHead: ScriptedResponse, onGet: ScriptedResponse) {
  await using registry = await scriptedRegistry([on('HEAD', onHead), on('GET', onGet)]);
  await using scenario = testRegistries();
  return await scenario.connect(registry).pushPermission('team/app');
}

describe('registry/push-permission', () => {
  it.each([400, 403, 405, 406, 501])(
    'is shown by GET where HEAD of a manifest answers %i',
    async (status) => {
      expect(await permissionWith(tokenFor('pull', 'push'), { status }, { status: 404 })).toBe('token');
      expect(await permissionOfStranger({ status }, FOUND)).toBe('not-asked');
    },
  );

  it('is shown by a token for pushes alone, whose owner may not read', async () => {
    expect(await permissionWith(tokenFor('push'), { status: 403 }, { status: 403 })).toBe('token');
  });

  it.each([
    ['a token that allows no push', tokenFor('pull')],
    ['a token that does not say what it allows', 'opaque'],
  ])('is not shown by %s where all questions are refused', async (_title, token) => {
    const asked = permissionWith(token, { status: 403 }, { status: 403 });
    await expect(asked).rejects.toMatchObject({ code: 'DENIED', httpStatus: 403 });
  });

  it('is not shown where the registry fails, or takes not even its own token', async () => {
    const token = tokenFor('push');
    await expect(permissionWith(token, { status: 405 }, { status: 503 })).rejects.toMatchObject({
      code: 'SERVER_FAILED',
    });
    await expect(permissionWith(token, { status: 401 }, { status: 401 })).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
    });
  });
});
