import type { HttpClient } from './contract.ts';
import type { Transport } from './transport.ts';

const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** HTTP without registry authentication over the connections of a registry. */
export function createHttpClient(transport: Transport): HttpClient {
  return {
    async request({ method, url: text, headers: { authorization, ...headers } = {}, form, signal }) {
      const url = new URL(text);
      const answer = await transport.send({
        method,
        url,
        authorization: authorization === undefined ? undefined : { value: authorization, origin: url.origin },
        headers: { ...headers, ...(form && { 'content-type': 'application/x-www-form-urlencoded' }) },
        body: form && new URLSearchParams(form).toString(),
        signal,
        isRepeatable: true,
        namedBy: 'operator',
      });
      try {
        const bytes = await answer.bytes(MAX_ANSWER_BYTES);
        return { status: answer.status, headers: answer.headers, text: bytes.toString('utf8') };
      } catch (error) {
        signal?.throwIfAborted();
        throw error;
      }
    },
  };
}
