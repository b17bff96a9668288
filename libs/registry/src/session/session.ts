import { isSyncError, type SyncError } from '@regfleet/model';
import { Demands } from '../auth/demand.ts';
import type { Greeting } from '../auth/greeting.ts';
import type { Login } from '../auth/login.ts';
import { authorizedRound, knownShowing, type RoundParts } from '../auth/round.ts';
import { isHtmlType, tellsErrors } from '../errors/error-body.ts';
import { type HeadEnd, headEnd } from '../errors/head-end.ts';
import { type ResponseContext, responseError } from '../errors/response-error.ts';
import type { Subject } from '../errors/subject.ts';
import type { Answer } from '../http/answer.ts';
import { BASE_PATH } from '../http/base-path.ts';
import { codingsOf } from '../http/content-coding.ts';
import type { Endpoint } from '../http/endpoint.ts';
import { Gate } from '../http/gate.ts';
import type { WireRequest } from '../http/wire-request.ts';
import { Findings } from './findings.ts';
import { FirstRequestGate } from './first-request-gate.ts';
import { ServerHealth } from './server-health.ts';

/** One request of the distribution API. */
export interface RegistryRequest {
  readonly method: WireRequest['method'];
  /** From the root with its query, or on another origin a whole URL that goes without credentials. */
  readonly path: string;
  /** What a token for it has to allow; more than one only where a single request needs several. */
  readonly scopes: readonly string[];
  /** Statuses that are answers; any other is an error. */
  readonly expects: readonly number[];
  readonly subject: Subject;
  /** As in `cannot <action> <reference>`. */
  readonly action: string;
  readonly reference: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: WireRequest['body'];
  readonly signal?: AbortSignal | undefined;
  /** Default: true for GET and HEAD. */
  readonly isRepeatable?: boolean;
  readonly isTransfer?: boolean;
  readonly isCommit?: boolean;
  readonly isVerified?: boolean;
  /** True: how HEAD is refused is an answer too. */
  readonly isLook?: boolean;
}

/** What a HEAD has told, or how it was refused where another request may tell. */
export type Look = { readonly answer: Answer } | { readonly end: HeadEnd; readonly error: SyncError };

export interface Body {
  readonly answer: Answer;
  readonly bytes: Buffer;
}

interface Reading {
  readonly limitBytes: number;
  /** True for bytes that are known to be the wanted ones, whatever the answer says of their encoding. */
  readonly isMeant: ((bytes: Buffer, answer: Answer) => boolean) | undefined;
  readonly signal: AbortSignal | undefined;
}

const EXCERPT_BYTES = 64 * 1024;

// Manifests of images have some kilobytes, a page of 1,000 tags has 20.
const SMALL_BYTES = 256 * 1024;
const LARGE_AT_ONCE = 2;
// Servers cut connections whose client reads nothing for long, many after a minute.
const LARGE_PATIENCE_MS = 20_000;

// A body that is cut while it is read is asked for again: what the transport repeats ends with an answer's head.
const MAX_READS = 3;

/** One account's requests to one registry: authenticated, and with every unexpected answer told as what it means. */
export class Session {
  readonly endpoint: Endpoint;
  readonly findings: Findings;
  readonly #health: ServerHealth;
  readonly #parts: RoundParts;
  #clockAheadMs: number | undefined;
  readonly #firstRequest = new FirstRequestGate();
  readonly #largeAnswers = new Gate(LARGE_AT_ONCE, LARGE_PATIENCE_MS);

  /** @param greeting - what all accounts of the registry share. */
  constructor(endpoint: Endpoint, login: Login, greeting: Greeting) {
    this.endpoint = endpoint;
    const { now } = endpoint.transport.settings;
    const demands = new Demands(now);
    this.#health = new ServerHealth(now);
    this.findings = new Findings({ endpoint, greeting });
    this.#parts = { login, demands, greeting, isOwn: (url) => endpoint.isOwn(url) };
  }

  get registry(): string {
    return this.endpoint.transport.settings.registry;
  }

  /** True once the registry itself has answered 401. */
  get hasAskedForLogin(): boolean {
    return this.#parts.demands.hasAsked;
  }

  /** As in `RegistryClient`. */
  get clockAheadMs(): number | undefined {
    return this.#clockAheadMs;
  }

  /** True: it lets in by tokens that allow what they were given for. */
  get asksForTokens(): boolean {
    return this.#parts.demands.asksForTokens;
  }

  /** As in `Demands`. */
  get tokenService(): string | undefined {
    return this.#parts.demands.tokenService;
  }

  /** When so many bytes of a blob may be read or sent; undefined: at once. @throws the signal's reason, in the promise. */
  move(bytes: number, signal?: AbortSignal): Promise<void> | undefined {
    const { requestGate } = this.endpoint.transport.settings;
    const account = this.#parts.demands.hasAsked ? this.#parts.login.accountName : undefined;
    return requestGate?.move?.({ registry: this.registry, account }, bytes, signal);
  }

  /** What is shown with requests of these scopes; absent: nothing, since nobody has asked. */
  async authorization(scopes: readonly string[], signal?: AbortSignal): Promise<string | undefined> {
    return (await knownShowing(this.#parts, { scopes, signal })).authorization;
  }

  /**
   * An expected answer, with its body to be consumed by the caller.
   *
   * @throws {SyncError} with registry and reference.
   */
  async open(request: RegistryRequest): Promise<Answer> {
    try {
      const answer = this.#firstRequest.isOpen
        ? await this.#authorized(request)
        : await this.#firstRequest.run(() => this.#authorized(request), request.signal);
      this.#note(request, answer);
      if (request.expects.includes(answer.status) && !isLoginPage(request, answer)) return answer;
      if (this.#headEnd(request, answer) !== undefined) return answer;
      throw await this.#unexpected(answer, request);
    } catch (error) {
      request.signal?.throwIfAborted();
      throw isSyncError(error)
        ? error.located({ registry: this.registry, reference: request.reference })
        : error;
    }
  }

  /** An expected answer without its body. */
  async head(request: RegistryRequest): Promise<Answer> {
    const answer = await this.open(request);
    if (answer.hasBody) await answer.discard();
    return answer;
  }

  /** A HEAD of what another request may tell of where this one is refused; in an outage none would. */
  async look(question: Omit<RegistryRequest, 'method'>): Promise<Look> {
    const request = { ...question, method: 'HEAD', isLook: true } as const;
    const answer = await this.head(request);
    const end = this.#headEnd(request, answer);
    if (end === undefined) return { answer };
    const error = await this.#unexpected(answer, request);
    if (end === 'failing' && this.#health.isFailing) throw error;
    return { end, error };
  }

  #headEnd({ isLook, expects }: RegistryRequest, answer: Answer): HeadEnd | undefined {
    if (!isLook || expects.includes(answer.status)) return undefined;
    return headEnd(answer, this.endpoint.transport.settings.now());
  }

  /** An expected answer with its whole body. @throws {SyncError} `RESPONSE_INVALID` for a web page or more than `limitBytes`; what errors in the body mean. */
  async read(request: RegistryRequest, limitBytes: number, isMeant?: Reading['isMeant']): Promise<Body> {
    for (let reads = 1; ; reads += 1) {
      const answer = await this.open(request);
      try {
        const bytes = await this.#wholeBody(answer, { limitBytes, isMeant, signal: request.signal });
        const isPage = isHtmlType(answer.headers['content-type'] ?? '');
        if (answer.status === 200 && (isPage || tellsErrors(bytes)))
          throw await this.#answered(answer, bytes.toString(), request);
        return { answer, bytes };
      } catch (error) {
        request.signal?.throwIfAborted();
        if (!isSyncError(error)) throw error;
        if (error.code !== 'STREAM_TRUNCATED' || reads >= MAX_READS) {
          throw error.located({ registry: this.registry, reference: request.reference });
        }
      }
    }
  }

  /** Large ones a few at a time unless those are slow: each takes its size several times over until it has been read. */
  #wholeBody(answer: Answer, { limitBytes, isMeant, signal }: Reading): Promise<Buffer> {
    const pass = (rest: () => Promise<Buffer>) => this.#largeAnswers.pass(rest, signal);
    const large = { fromBytes: SMALL_BYTES, pass };
    const isEncoded = codingsOf(answer.headers['content-encoding']).length > 0;
    if (isEncoded) this.findings.note({ kind: 'answers-encoded' });
    return answer.bytes(limitBytes, large, isMeant && ((bytes) => isMeant(bytes, answer)));
  }

  /** Some servers fail at HEAD and at nothing else. */
  #note(request: RegistryRequest, answer: Answer): void {
    this.#noteClock(request, answer);
    if (answer.status < 500) this.#health.note('answered');
    else if (request.method !== 'HEAD') this.#health.note('failed');
    if (this.#headEnd(request, answer) !== undefined) this.findings.unanswered(request, answer);
    else this.findings.answered(request, answer);
  }

  /** What is read may come from a cache, which has kept the time as well. */
  #noteClock({ method }: RegistryRequest, { headers, url }: Answer): void {
    const { apiHost, now } = this.endpoint.transport.settings;
    if (method === 'GET' || method === 'HEAD' || url.host !== apiHost) return;
    const registryMs = Date.parse(headers.date ?? '');
    if (!Number.isNaN(registryMs)) this.#clockAheadMs = now() - registryMs;
  }

  #authorized(request: RegistryRequest): Promise<Answer> {
    if (this.#isElsewhere(request)) return this.#send(request, undefined);
    const { method, scopes, expects, signal, body, subject } = request;
    return authorizedRound(this.#parts, {
      method,
      scopes,
      expects,
      signal,
      isStreamed: typeof body === 'function',
      send: (authorization) => this.#send(request, authorization),
      isListing: subject === 'catalog' || subject === 'repository',
      isOngoing: subject === 'upload' && method !== 'POST',
      ping: (shared) => this.#send(pingLike(request, shared), undefined),
    });
  }

  #isElsewhere({ path }: RegistryRequest): boolean {
    return !path.startsWith('/');
  }

  #send(request: RegistryRequest, authorization: string | undefined): Promise<Answer> {
    const { method, path, body, signal, isTransfer, isCommit, isVerified } = request;
    const isRepeatable = request.isRepeatable ?? (method === 'GET' || method === 'HEAD');
    const { headers } = request;
    const wire = { method, headers, body, signal, isRepeatable, isTransfer, isCommit, isVerified };
    const { accountName: account } = this.#parts.login;
    if (!this.#isElsewhere(request)) return this.endpoint.send(path, { ...wire, authorization, account });
    return this.endpoint.transport.send({ ...wire, url: new URL(path), namedBy: 'service' });
  }

  async #unexpected(answer: Answer, request: RegistryRequest): Promise<SyncError> {
    return await this.#answered(answer, await answer.excerpt(EXCERPT_BYTES), request);
  }

  async #answered(answer: Answer, text: string, request: RegistryRequest): Promise<SyncError> {
    const { reference, subject, action, scopes, signal } = request;
    const { apiHost, now } = this.endpoint.transport.settings;
    const isOwn = answer.url.host === apiHost && !this.#isElsewhere(request);
    const registry = answer.url.host === apiHost ? this.registry : answer.url.host;
    const isRefusal = answer.status === 401 || answer.status === 403;
    const account = isOwn && isRefusal ? await this.#parts.login.account(scopes, signal) : undefined;
    const context: ResponseContext = {
      registry,
      reference,
      subject,
      action: `${action} ${reference}`,
      account,
    };
    const { status, headers, proxy } = answer;
    return responseError({ status, headers, text, proxy }, context, now());
  }
}

/** Asks for nothing, on behalf of that request. */
const pingLike = (request: RegistryRequest, signal: AbortSignal | undefined): RegistryRequest => ({
  ...request,
  method: 'GET',
  path: BASE_PATH,
  body: undefined,
  headers: undefined,
  signal,
  isTransfer: false,
  isRepeatable: true,
});

/**
 * True: what answered is no registry, though the status is one of success: nothing is stored then, and nothing is there. What is
 * asked for by GET shows that itself; registries may call their empty answers HTML, with 201 and 202, or with their headers.
 */
function isLoginPage({ method }: RegistryRequest, { status, headers }: Answer): boolean {
  const isOurs = headers['docker-content-digest'] ?? headers['docker-distribution-api-version'];
  return (
    method !== 'GET' && status === 200 && isOurs === undefined && isHtmlType(headers['content-type'] ?? '')
  );
}
