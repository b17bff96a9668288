import type { RegistryEndpoint } from './endpoint.ts';
import { type HttpBody, HttpClient, type HttpResponse, readBytes } from './http-client.ts';

export interface RegistryRequest {
  readonly method: string;
  /** After `/v2/`, or a whole URL. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpBody;
}

/** The harness's own client, independent of the product's: it prepares registries and checks them. */
export class RegistryClient implements Disposable {
  readonly #endpoint: RegistryEndpoint;
  readonly #http: HttpClient;
  readonly #authorizations = new Map<string, string>();

  constructor(endpoint: RegistryEndpoint) {
    this.#endpoint = endpoint;
    this.#http = new HttpClient(endpoint.tls);
  }

  get url(): string {
    return this.#endpoint.url;
  }

  /** Answers challenges; any status is an answer. */
  async send(request: RegistryRequest): Promise<HttpResponse> {
    const first = await this.#sendOnce(request);
    const challenge = first.headers['www-authenticate'];
    if (first.status !== 401 || challenge === undefined) return first;
    first.stream.resume();
    this.#authorizations.set(realmOf(request), await this.#authorization(challenge));
    return this.#sendOnce(request);
  }

  /** @throws {Error} with the registry's answer on any status but `wanted`. */
  async expect(wanted: number, request: RegistryRequest): Promise<HttpResponse> {
    const response = await this.send(request);
    if (response.status === wanted) return response;
    const text = Buffer.from(await readBytes(response.stream)).toString();
    throw new Error(
      `${request.method} ${request.path} of ${this.#endpoint.url}: ${response.status} ${text}`.trim(),
    );
  }

  /** `expect` for an answer whose body does not matter. */
  async expectEmpty(wanted: number, request: RegistryRequest): Promise<HttpResponse> {
    const response = await this.expect(wanted, request);
    await readBytes(response.stream);
    return response;
  }

  [Symbol.dispose](): void {
    this.#http[Symbol.dispose]();
  }

  #sendOnce(request: RegistryRequest): Promise<HttpResponse> {
    const url = new URL(request.path, `${this.#endpoint.url}/v2/`).href;
    const authorization = this.#authorizations.get(realmOf(request));
    const headers = { ...request.headers, ...(authorization && { authorization }) };
    return this.#http.send({ ...request, url, headers });
  }

  async #authorization(challenge: string): Promise<string> {
    const { username = '', password = '' } = this.#endpoint.credentials ?? {};
    const basic = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    if (!/^bearer /i.test(challenge)) return basic;
    const { realm = '', ...query } = parametersOf(challenge);
    const url = `${realm}?${new URLSearchParams(query)}`;
    const headers = username === '' ? {} : { authorization: basic };
    const response = await this.#http.send({ method: 'GET', url, headers });
    const answer: unknown = JSON.parse(Buffer.from(await readBytes(response.stream)).toString());
    const token = Object(answer).token;
    if (typeof token !== 'string') throw new Error(`${url}: ${response.status} without a token`);
    return `Bearer ${token}`;
  }
}

/** What one authorization is good for: reading or writing of one repository. */
function realmOf(request: RegistryRequest): string {
  const right = request.method === 'GET' || request.method === 'HEAD' ? 'pull' : 'push';
  const path = new URL(request.path, 'http://registry/v2/').pathname;
  return `${right} ${path.replace(/\/(?:manifests|blobs|tags)\/.*/, '')}`;
}

function parametersOf(challenge: string): Record<string, string> {
  const pairs = challenge.matchAll(/(\w+)="([^"]*)"/g);
  return Object.fromEntries([...pairs].map(([, name = '', value = '']) => [name, value]));
}
