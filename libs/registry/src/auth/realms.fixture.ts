import { type Exchange, makeImage, type ScriptedResponse } from '@regfleet/harness';

export const USER = { username: 'robot', password: 'hunter2' };
export const IMAGE = makeImage({ layers: ['one'] });
const [FIRST] = IMAGE.layers;
if (FIRST === undefined) throw new Error('the image has a layer');
export const LAYER = FIRST;

export const HEAD = { method: 'HEAD', path: '/v2/team/app/manifests/1.0' } as const;
export const ANY_HEAD = { method: 'HEAD', path: /manifests/, times: 'any' } as const;
export const FOUND = {
  status: 200,
  headers: { 'docker-content-digest': IMAGE.digest, 'content-type': IMAGE.mediaType },
};

export const challengeOf = (realm: string, scope?: string): ScriptedResponse => ({
  status: 401,
  headers: {
    'www-authenticate': `Bearer realm="${realm}",service="test"${scope === undefined ? '' : `,scope="${scope}"`}`,
  },
});

/** Asks who it is that asks. */
export const unknown = (path: RegExp, realm: string): Exchange => ({
  ...ANY_HEAD,
  path,
  headers: { authorization: undefined },
  response: challengeOf(realm),
});
