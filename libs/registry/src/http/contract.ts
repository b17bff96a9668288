/**
 * HTTP with the TLS settings of one location, the proxies of the environment, timeouts and short retries, and nothing
 * of registry authentication: for token exchanges and the web APIs around registries.
 */
export interface HttpClient {
  /**
   * Any status is an answer; no redirect leaves the origin with credentials. A form is repeated like a GET: logging in
   * twice harms nobody.
   *
   * @throws {SyncError} with the host as registry: `NETWORK_FAILED`, `TIMED_OUT`, `TLS_FAILED`, `REDIRECT_REFUSED`,
   * `RESPONSE_INVALID` when the body is larger than 8 MiB.
   * @throws the reason of `signal` once that is aborted.
   */
  request(request: HttpRequest): Promise<HttpResponse>;
}

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  /** Absolute. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent URL-encoded, with its content type. */
  readonly form?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: HttpHeaders;
  /** The whole body. */
  readonly text: string;
}

/** By lower-case name; repeated headers joined by a comma and a blank. */
export type HttpHeaders = Readonly<Record<string, string | undefined>>;
