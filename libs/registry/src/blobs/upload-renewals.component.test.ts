import { type Exchange, scriptedRegistry, startHttpServer } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { testRegistries } from '../registries.fixture.ts';
import { streamOf } from './blob.fixture.ts';
import { BLOB, CONTENT, givenUp, START, UPLOAD } from './upload.fixture.ts';

/** A registry that takes each token for as much as `refuses` says, and the upload to it. */
async function agingTokens(refuses: (puts: number) => { taken: number } | undefined, stepMs: number) {
  const clock = { aheadMs: 0 };
  let issued = 0;
  await using stack = new AsyncDisposableStack();
  const tokens = stack.use(
    await startHttpServer((_request, response) => {
      issued += 1;
      response.end(JSON.stringify({ token: `t${issued}`, expires_in: 3_600 }));
    }),
  );
  const refusal = {
    status: 401,
    headers: { 'www-authenticate': `Bearer realm="${tokens.url}/token",service="test"` },
  };
  let puts = 0;
  let taken = 0;
  const opened = { status: 202, headers: { location: UPLOAD } };
  const ifShown =
    (answer: Extract<Exchange['response'], (...asked: never[]) => unknown>): Exchange['response'] =>
    (request) =>
      request.headers.authorization === undefined ? refusal : answer(request);
  const registry = await scriptedRegistry([
    { method: 'POST', path: START, times: 'any', response: ifShown(() => opened) },
    {
      method: 'GET',
      path: UPLOAD,
      times: 'any',
      response: ifShown(() => ({ status: 204, headers: { range: `0-${Math.max(taken - 1, 0)}` } })),
    },
    {
      method: 'PUT',
      path: UPLOAD,
      times: 'any',
      response: ifShown(() => {
        clock.aheadMs += stepMs;
        puts += 1;
        const refused = refuses(puts);
        taken = refused?.taken ?? taken;
        return refused === undefined ? { status: 201 } : refusal;
      }),
    },
    givenUp,
  ]);
  stack.defer(() => registry.stop());
  const scenario = stack.use(testRegistries({ now: () => Date.now() + clock.aheadMs }));
  const client = scenario.connect({
    host: registry.host,
    credentials: { username: 'robot', password: 'hunter2' },
  });
  const all = stack.move();
  return {
    upload: () => client.uploadBlob('team/app', BLOB, async () => streamOf(CONTENT)),
    puts: () => puts,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

describe('registry/blobs/uploads with tokens that run out on the way', () => {
  it.each([
    ['as often as the registry has taken some of the blob meanwhile', 40_000, 0],
    ['as often as the token that is refused has aged, though nothing was taken', 0, 60_000],
  ])('shows another one %s', async (_title, step, stepMs) => {
    const refuses = (puts: number) => (puts <= 4 ? { taken: puts * step } : undefined);
    await using scenario = await agingTokens(refuses, stepMs);
    await scenario.upload();
    expect(scenario.puts()).toBe(5);
  });

  it('gives up once a token is refused that was given for this very attempt', async () => {
    await using scenario = await agingTokens(() => ({ taken: 0 }), 0);
    await expect(scenario.upload()).rejects.toMatchObject({ code: 'UNAUTHORIZED', httpStatus: 401 });
    expect(scenario.puts()).toBe(2);
  });

  it('does not send a blob for ever whose every token ages before the registry takes it', async () => {
    await using scenario = await agingTokens(() => ({ taken: 0 }), 60_000);
    await expect(scenario.upload()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(scenario.puts()).toBe(7);
  });
});
