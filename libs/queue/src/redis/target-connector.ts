import { connect as connectPlain, Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { type RedisServer, SyncError, showServer } from '@regfleet/model';
import { AbstractConnector } from 'ioredis';
import type { RedisTarget } from './address.ts';
import { type ConnectionSecrets, tlsTo } from './secrets.ts';
import { findPrimary, type Sentinels } from './sentinels.ts';
import { alertOf, isAlert, speaksTls, speaksWithoutTls } from './tls-probe.ts';
import { noTlsThere, tlsThere } from './tls-trouble.ts';

export interface ConnectorOptions {
  readonly target: RedisTarget;
  /** Read for each connection before it is made; an error: why that could not be. */
  readonly secrets: ConnectionSecrets | Error;
  /** True: a client of the same process finds out what is wrong, and where the primary is. */
  readonly isFurther?: boolean;
  readonly disconnectTimeout: number;
}

type Tell = Parameters<AbstractConnector['connect']>[0];

// Longer than the first answer of a TLS server at the other end of the world takes.
const HANDSHAKE_MS = 1_000;
const WATCH_MS = 5_000;

/**
 * Makes connections to a target: a socket, a server, or the primary that Sentinels name at that moment.
 *
 * Whatever fails is given to the client as a connection that broke, which it tells and tries again by its own rules.
 */
export class TargetConnector extends AbstractConnector {
  readonly #options: ConnectorOptions;

  /** @param options - those of its client, in which the client changes what goes with a connection. */
  constructor(options: unknown) {
    // ioredis leaves the type open; the only client that names this class gives these.
    const own = options as ConnectorOptions;
    super(own.disconnectTimeout);
    this.#options = own;
  }

  override async connect(tell: Tell): Promise<Socket> {
    this.connecting = true;
    delete this.firstError;
    try {
      const stream = await this.#open(tell);
      this.stream = stream;
      stream.on('error', (error) => {
        this.firstError ??= error;
      });
      return stream;
    } catch (error) {
      this.firstError = error instanceof Error ? error : new Error(String(error));
      return new Socket().destroy();
    }
  }

  override disconnect(): void {
    if (this.stream === undefined || this.stream.destroyed) this.connecting = false;
    else super.disconnect();
  }

  async #open(tell: Tell): Promise<Socket> {
    const { target, secrets, isFurther } = this.#options;
    const { place } = target;
    if (secrets instanceof Error) throw secrets;
    if (place.kind === 'socket') return connectPlain(place.path);
    if (place.kind === 'server') return this.#openServer(place.server, secrets.tls, tell);
    const { sentinelLogin: login, tls } = secrets;
    const sentinels = { servers: place.sentinels, name: place.name, login, tls };
    const primary = await findPrimary(sentinels);
    // Told to stop meanwhile.
    if (!this.connecting) return new Socket().destroy();
    const stream = this.#openServer(primary, tls, tell);
    if (!isFurther) watchPrimary(stream, primary, sentinels);
    return stream;
  }

  #openServer(server: RedisServer, tls: ConnectionOptions | undefined, tell: Tell): Socket {
    if (tls !== undefined) {
      const stream = connectTls({ ...server, ...tlsTo(server.host, tls) });
      if (!this.#options.isFurther) {
        giveUpWithoutTls(stream, server);
        this.#tellOfAlert(stream, server, tls, tell);
      }
      return stream;
    }
    const stream = connectPlain({ ...server });
    if (!this.#options.isFurther) this.#tellOfTls(stream, server, tell);
    return stream;
  }

  /** A server with TLS ends a connection whose beginning it does not understand. */
  #tellOfTls(stream: Socket, server: RedisServer, tell: Tell): void {
    stream.once('connect', () =>
      stream.once('close', async () => {
        if (!this.connecting || stream.bytesRead > 0) return;
        if (await speaksTls(server)) tell('error', tlsThere());
      }),
    );
  }

  /** With TLS 1.3 a server judges our certificate after our handshake; a reset by our first command loses what it says. */
  #tellOfAlert(stream: TLSSocket, server: RedisServer, tls: ConnectionOptions, tell: Tell): void {
    stream.once('secureConnect', () => {
      let hasAnswered = false;
      stream.once('data', () => {
        hasAnswered = true;
      });
      stream.once('error', async (error) => {
        if (hasAnswered || !this.connecting || isAlert(error)) return;
        const alert = await alertOf(server, tlsTo(server.host, tls));
        if (alert !== undefined) tell('error', alert);
      });
    });
  }
}

/** A server without TLS waits for the end of what it takes for a command. */
function giveUpWithoutTls(stream: Socket, server: RedisServer): void {
  const timer = setTimeout(async () => {
    if (await speaksWithoutTls(server)) stream.destroy(noTlsThere());
  }, HANDSHAKE_MS).unref();
  for (const event of ['secureConnect', 'close']) stream.once(event, () => clearTimeout(timer));
}

/** Leaves a primary that goes on after another one was named in its place: what it is told would be lost. */
function watchPrimary(stream: Socket, primary: RedisServer, sentinels: Sentinels): void {
  let isAsking = false;
  const look = async (): Promise<void> => {
    if (isAsking) return;
    isAsking = true;
    // While none answers, the primary is where it was.
    const named = await findPrimary(sentinels).catch(() => primary);
    isAsking = false;
    if (named.host === primary.host && named.port === primary.port) return;
    stream.destroy(
      new SyncError('REDIS_UNREACHABLE', {
        message: `the Sentinels name another primary, ${showServer(named)}`,
        hint: 'commands go on there',
      }),
    );
  };
  const timer = setInterval(() => void look(), WATCH_MS).unref();
  stream.once('close', () => clearInterval(timer));
}
