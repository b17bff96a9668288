import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { startHttpServer } from '@regfleet/harness';
import { isSyncError } from '@regfleet/model';
import type { RegistryClient } from './contract.ts';
import type { Encoding } from './fuzz-encodings.fixture.ts';
import { addressReach } from './http/address-reach.ts';
import { testRegistries } from './registries.fixture.ts';

const MAX_CPU_MS = 1_000;
// Several times what the longest list takes that is read.
const MAX_BUFFERED_BYTES = 192 * 1024 * 1024;
const SAMPLE_EVERY_MS = 5;
// What a compiler or a collector does meanwhile is not the fault of an input; what is slow is slow every time.
const ATTEMPTS = 3;

const USER = { username: 'robot', password: 'fuzzed-secret' };

type Respond = (request: IncomingMessage) => FuzzedAnswer;

type Work = (client: RegistryClient) => Promise<unknown>;

export interface FuzzedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** A registry that answers what it is told, a stranger beside it, and a way out that notes whom anybody wants to reach. */
export async function arena() {
  let begin: () => Respond = () => () => ({ status: 404 });
  let respond = begin();
  let encoding: Encoding | undefined;
  const registry = await startHttpServer((request, response) => {
    request.resume();
    request.on('end', () => {
      const { status, headers = {}, body = '' } = respond(request);
      const isEncoded = encoding !== undefined && body.length > 0;
      const coded =
        isEncoded && encoding?.header !== undefined ? { 'content-encoding': encoding.header } : {};
      try {
        const sent = isEncoded ? encoding?.encode(Buffer.from(body)) : body;
        response
          .writeHead(status, { ...headers, ...coded })
          .end(request.method === 'HEAD' ? undefined : sent);
      } catch {
        // Node sends no such header; nothing is lost.
        response.writeHead(400).end();
      }
    });
  });
  const logins: string[] = [];
  const stranger = await startHttpServer((request, response) => {
    if (request.headers.authorization !== undefined) logins.push(request.headers.authorization);
    request.resume();
    request.on('end', () =>
      response.writeHead(201, { 'content-type': 'application/json' }).end('{"token":"t"}'),
    );
  });
  const wayOut = await startWayOut();
  const outcomeOf = async (work: Work): Promise<Outcome> => {
    const env = { HTTP_PROXY: wayOut.url, HTTPS_PROXY: wayOut.url };
    await using scenario = testRegistries({
      env,
      timeouts: { connectMs: 2_000, headersMs: 2_000, answerMs: 2_000 },
    });
    const client = scenario.connect({ host: registry.host, credentials: USER });
    // Of this thread: others have work of their own.
    const before = process.threadCpuUsage();
    const buffered = bufferedBytes();
    const failure: unknown = await work(client).then(
      () => undefined,
      (error: unknown) => error ?? new Error('an empty failure'),
    );
    return { failure, cpuMs: cpuMsSince(before), bufferedBytes: buffered.most() };
  };
  return {
    registry,
    stranger,
    /** @param next - makes what answers one piece of work, with whatever it counts. */
    answer(next: () => Respond): void {
      begin = next;
    },
    /** From here on bodies are sent in that form; absent: as they are. */
    encode(form: Encoding | undefined): void {
      encoding = form;
    },
    /** Does `work` with a client that has a login, and holds what came of it against the promises. */
    async judge(work: Work, isLoginWanted = false): Promise<void> {
      for (let attempt = 1; ; attempt += 1) {
        respond = begin();
        logins.length = 0;
        wayOut.asked.length = 0;
        const { failure, cpuMs, bufferedBytes } = await outcomeOf(work);
        const broken = brokenPromise(failure, {
          login: isLoginWanted ? undefined : logins[0],
          asked: wayOut.asked,
        });
        if (broken !== undefined) throw new Error(broken, { cause: failure });
        if (cpuMs <= MAX_CPU_MS && bufferedBytes <= MAX_BUFFERED_BYTES) return;
        if (attempt >= ATTEMPTS)
          throw new Error(`it took ${cpuMs} ms of processor time, ${bufferedBytes} bytes`);
      }
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await Promise.all([registry.stop(), stranger.stop(), wayOut.stop()]);
    },
  };
}

interface Outcome {
  readonly failure: unknown;
  readonly cpuMs: number;
  /** Most at a time, as far as it was seen. */
  readonly bufferedBytes: number;
}

function bufferedBytes(): { most(): number } {
  const held = (): number => process.memoryUsage().arrayBuffers;
  const before = held();
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, held() - before);
  }, SAMPLE_EVERY_MS);
  return {
    most() {
      clearInterval(timer);
      return Math.max(most, held() - before);
    },
  };
}

function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

interface Seen {
  /** What a stranger was shown; absent: nothing, or it was meant to. */
  readonly login: string | undefined;
  readonly asked: readonly string[];
}

/** Which of our promises a failure, or what was seen, breaks; absent: none. */
function brokenPromise(failure: unknown, { login, asked }: Seen): string | undefined {
  if (login !== undefined) return `a stranger was shown ${login}`;
  const refused = asked.find((host) => isRefused(host));
  if (refused !== undefined) return `${refused} was asked`;
  if (failure === undefined) return undefined;
  if (!isSyncError(failure)) return `it failed with ${String(failure)}`;
  if (failure.code === 'INTERNAL') return failure.message;
  return JSON.stringify(failure).includes(USER.password) ? `a secret is told: ${failure.message}` : undefined;
}

const REFUSED: ReadonlySet<string> = new Set(['link-local', 'metadata', 'special-purpose']);

/** True for addresses that no registry on this machine may lead to, in whatever form they are written. */
function isRefused(host: string): boolean {
  if (!URL.canParse(`http://${host}`)) return false;
  const name = new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, '');
  return /^[\d.]+$|:/.test(name) && REFUSED.has(addressReach(name));
}

/** A proxy that leads nowhere: what does not run on this machine is asked for by it alone. */
async function startWayOut() {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(new URL(request.url ?? '', 'http://unknown').host);
    response.writeHead(404).end();
  });
  server.on('connect', (request, socket: Socket) => {
    asked.push((request.url ?? '').replace(/:(?:80|443)$/, ''));
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    asked,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop(): Promise<void> {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
