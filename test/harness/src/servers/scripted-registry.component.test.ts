import { describe, expect, it } from 'vitest';
import { digestOf } from '../registry/read.ts';
import { scriptedRegistry } from './scripted-registry.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const head = { method: 'HEAD', path: '/v2/a/manifests/1' };
const found = { status: 200, headers: { 'docker-content-digest': digest } };

describe('harness/servers/scripted-registry', () => {
  it.each([false, true])('answers what its script says (TLS: %s)', async (tls) => {
    await using registry = await scriptedRegistry([{ ...head, response: found }], { tls });
    expect(await digestOf(registry, 'a', '1')).toBe(digest);
  });

  it('answers 500 to what it does not expect, and fails when it stops', async () => {
    const registry = await scriptedRegistry([{ ...head, response: found }]);
    expect((await fetch(`${registry.url}/v2/`)).status).toBe(500);
    await expect(registry.stop()).rejects.toThrow(/HEAD \/v2\/a\/manifests\/1 \(0 of 1\)[\s\S]*GET \/v2\//);
  });

  it('lets the answer depend on the request and its body', async () => {
    await using registry = await scriptedRegistry([
      {
        method: 'POST',
        path: '/echo',
        headers: { 'content-type': /^text/ },
        response: ({ body, url }) => ({
          status: 201,
          body: { said: `${body}`, to: url.searchParams.get('to') },
        }),
      },
    ]);
    const headers = { 'content-type': 'text/plain' };
    const answer = await fetch(`${registry.url}/echo?to=me`, { method: 'POST', body: 'hi', headers });
    expect(await answer.json()).toEqual({ said: 'hi', to: 'me' });
  });

  it('answers before it has read the body where it is told to', async () => {
    const early = { method: 'PUT', path: '/upload', readsBody: false, response: { status: 413 } };
    await using registry = await scriptedRegistry([early]);
    const answer = await fetch(`${registry.url}/upload`, { method: 'PUT', body: 'x'.repeat(10) });
    expect(answer.status).toBe(413);
  });

  it('sends streams, wrong lengths and cut bodies', async () => {
    async function* chunks() {
      yield Buffer.from('one ');
      yield Buffer.from('two');
    }
    await using registry = await scriptedRegistry([
      { method: 'GET', path: '/stream', response: { status: 200, body: chunks() } },
      { method: 'GET', path: '/cut', response: { status: 200, body: 'abcdef', cutAfterBytes: 3 } },
      { method: 'GET', path: '/at-once', response: { status: 200, body: 'abcdef', cutAfterBytes: 0 } },
    ]);
    expect(await (await fetch(`${registry.url}/stream`)).text()).toBe('one two');
    const cut = await fetch(`${registry.url}/cut`);
    expect(cut.headers.get('content-length')).toBe('6');
    await expect(cut.text()).rejects.toThrow();
    await expect(fetch(`${registry.url}/at-once`).then((answer) => answer.text())).rejects.toThrow();
  });
});
