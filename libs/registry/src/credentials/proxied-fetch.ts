import type { ProxiedDispatchers } from '../http/proxied-dispatchers.ts';

/** As much of `fetch` as Google's library uses: texts are sent, and redirects are answers. */
export function proxiedFetch(dispatchers: ProxiedDispatchers): typeof globalThis.fetch {
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const { method = 'GET', body, signal } = init;
    const answer = await dispatchers.request(url, {
      method,
      headers: Object.fromEntries(new Headers(init.headers)),
      body: body === null || body === undefined ? null : await new Response(body).text(),
      signal: signal ?? null,
    });
    const headers = Object.entries(answer.headers).flatMap(([name, value]): [string, string][] =>
      [value ?? []].flat().map((each) => [name, each]),
    );
    const bytes = await answer.body.arrayBuffer();
    return new Response(bytes.byteLength === 0 ? null : bytes, { status: answer.statusCode, headers });
  };
}
