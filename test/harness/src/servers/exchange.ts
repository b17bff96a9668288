import type { IncomingHttpHeaders } from 'node:http';

export interface ScriptedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** `path`, parsed. */
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  /** Empty where the exchange does not read it. */
  readonly body: Uint8Array;
}

export interface ScriptedResponse {
  readonly status: number;
  /** A `content-length` given here is sent as it is, also where it is wrong; else it is that of the body. */
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a stream in chunks as they come. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array> | object;
  /** Cuts the connection after so many bytes of the body. */
  readonly cutAfterBytes?: number;
}

/** A request that is expected, and what it is answered. */
export interface Exchange {
  readonly method: string;
  /** Text: the whole path, with the query where it has one. A pattern is tried on path and query. */
  readonly path: string | RegExp;
  /** By lower-case name; `undefined`: the header has to be absent. */
  readonly headers?: Readonly<Record<string, string | RegExp | undefined>>;
  /** How often the request has to come, default 1; `any`: as often as it likes, or never. */
  readonly times?: number | 'any';
  /** Only while the script is in this state; absent: always. A script begins in state `start`. */
  readonly inState?: string;
  /** The state of the script from here on. */
  readonly nextState?: string;
  /** False: the answer goes out while the request's body is still coming. Default true. */
  readonly readsBody?: boolean;
  readonly response:
    | ScriptedResponse
    | ((request: ScriptedRequest) => ScriptedResponse | Promise<ScriptedResponse>);
}

export type Asked = Omit<ScriptedRequest, 'body'>;

export function matchesExchange(exchange: Exchange, asked: Asked): boolean {
  if (exchange.method !== asked.method || !matchesPath(exchange.path, asked)) return false;
  return Object.entries(exchange.headers ?? {}).every(([name, wanted]) => {
    const value = asked.headers[name]?.toString();
    return wanted instanceof RegExp ? value !== undefined && wanted.test(value) : value === wanted;
  });
}

function matchesPath(wanted: string | RegExp, asked: Asked): boolean {
  if (wanted instanceof RegExp) return wanted.test(asked.path);
  return wanted === (wanted.includes('?') ? asked.path : asked.url.pathname);
}

export const describeExchange = (exchange: Exchange): string =>
  `${exchange.method} ${exchange.path}${exchange.inState === undefined ? '' : ` in state ${exchange.inState}`}`;
