import { hash } from 'node:crypto';
import { type Command, Redis, type RedisOptions } from 'ioredis';
import type { RedisTarget } from './address.ts';
import { isRefusalByRights, isTooManyClients, isUnwantedPassword, meaningOf, replyCode } from './reply.ts';
import { type ConnectionSecrets, readSecrets } from './secrets.ts';
import { TargetConnector } from './target-connector.ts';

type Sent = Parameters<Redis['handleReconnection']>[1];
type Stream = Parameters<Redis['sendCommand']>[1];

export interface SteadyOptions extends RedisOptions {
  readonly target: RedisTarget;
  /** True: it is one of `duplicate`. */
  readonly isFurther?: boolean;
  /** What the connection is made with; an error: why that could not be read. */
  secrets?: ConnectionSecrets | Error;
}

/** Who is told how a connection is. */
export interface ConnectionEvents {
  /** It could not be made, was lost, or the server refuses work for a reason that may pass. */
  onTrouble(error: Error): void;
  /** The server refuses a command that the user of the connection may not run, or a further connection. */
  onRefusal(error: Error, asked: string): void;
  /** It was told of a refusal, and wants to be told of what is carried out. */
  isRefusing(): boolean;
  onCarriedOut(asked: string): void;
  /** The URL has a password, and the server wants none. */
  onUnwantedPassword(): void;
  /** @param policy - the `maxmemory_policy` that Redis has got. */
  onEviction(policy: string): void;
}

const LOOK_MS = 2_500;
// A blocking read of BullMQ says nothing for ten seconds: https://github.com/taskforcesh/bullmq/issues/1658
const SILENT_LOOKS = 6;
const IDLE_LOOKS = 2;

const RECONNECT_MAX_MS = 5_000;
// A server that lets us in and refuses each command is not asked without a pause.
const REFUSED_PAUSE_MS = 1_000;

// A busy machine never hears why a further connection is refused. A few cuts in a row may be a restart or a fail-over.
const MANY_CUTS = 4;

// What we and BullMQ can do without: managed servers refuse them to everybody. Who needs INFO asks for it at once.
const OPTIONAL = new Set(['client', 'config', 'info']);
// What the client sends by itself before the connection is ready.
const HANDSHAKE = new Set(['auth', 'client', 'info', 'select']);

const FURTHER = 'a further connection';

type Asked = Pick<Sent['command'], 'name' | 'args'>;

/** With the script or the key that a command is about. */
function withSubject({ name, args: [subject] }: Asked): string {
  const text = String(subject);
  // A server that does not know a script yet is sent all of it, and from then on its name.
  return name === 'eval' ? `evalsha ${hash('sha1', text)}` : `${name} ${text.slice(0, 200)}`;
}

/** A command that the user may not run at all is carried out, whatever it is about, once he may. */
const askedBy = (command: Asked, { message }: Error): string =>
  /\brun the '/.test(message) ? command.name : withSubject(command);

/**
 * A client whose commands wait until Redis carries them out, on whichever server that is: what is refused for a reason that may
 * pass is sent again over a new connection, and a connection that falls silent is given up.
 *
 * The connections that BullMQ and we make of it are the same. https://github.com/redis/ioredis 5.11.1 is what it builds on.
 */
export class SteadyRedis extends Redis {
  declare readonly options: SteadyOptions;
  readonly #events: ConnectionEvents;
  readonly #later: Stream = {
    isPipeline: true,
    write: (data: string | Buffer) => this.stream.write(data),
    destination: { redis: this },
  };
  #looking: NodeJS.Timeout | undefined;
  #heard: { stream: Redis['stream'] | undefined; bytes: number } = { stream: undefined, bytes: 0 };
  #quietLooks = 0;
  #wasRefused = false;
  /** Between the connection and the server's consent to be asked anything. */
  #isShaking = false;
  /** What the server said last when it let nobody in; absent once it did. */
  #refusal: Error | undefined;

  /** Those of `duplicate` that are not closed. */
  readonly #further = new Set<SteadyRedis>();

  constructor(options: SteadyOptions, events: ConnectionEvents) {
    const { db } = options.target.place;
    super({
      ...(db !== undefined && { db }),
      ...options,
      Connector: TargetConnector,
      // BullMQ's requirement: a command waits for Redis to come back instead of failing.
      maxRetriesPerRequest: null,
      reconnectOnError: ({ message }) => (meaningOf(message) === 'wait' ? 2 : false),
      // Not before there is somebody to be told of it.
      lazyConnect: true,
    });
    this.#events = events;
    this.options.retryStrategy = (times) => this.#pauseMs(times);
    this.#listen();
    if (!options.lazyConnect) this.connect().catch(() => undefined);
  }

  /**
   * For blocking reads of BullMQ and subscriptions. How the server is, the first connection tells: but not that it takes no
   * further one.
   */
  override duplicate(override?: Partial<RedisOptions>): SteadyRedis {
    const untold = () => undefined;
    const { onRefusal, isRefusing, onCarriedOut } = this.#events;
    let cuts = 0;
    const onTrouble = (error: Error): void => {
      cuts = isCut(error) ? cuts + 1 : 0;
      if (isTooManyClients(error.message) || cuts >= MANY_CUTS) onRefusal(error, FURTHER);
    };
    const events = {
      onTrouble,
      onRefusal,
      isRefusing,
      onCarriedOut,
      onUnwantedPassword: untold,
      onEviction: untold,
    };
    const further = new SteadyRedis({ ...this.options, ...override, isFurther: true }, events);
    this.#further.add(further);
    further.on('end', () => this.#further.delete(further));
    return further.on('ready', () => {
      cuts = 0;
      onCarriedOut(FURTHER);
    });
  }

  /** For good: those of `duplicate`, too, which nobody else may be able to reach any more. */
  override disconnect(reconnect = false): void {
    super.disconnect(reconnect);
    if (!reconnect) for (const further of this.#further) further.disconnect();
  }

  /** With what the files of passwords and certificates hold at the moment. */
  override connect(callback?: Parameters<Redis['connect']>[0]): Promise<void> {
    const { options } = this;
    options.secrets = secretsOf(options.target);
    const { login = undefined, tls = undefined } = options.secrets instanceof Error ? {} : options.secrets;
    options.username = login?.username;
    options.password = login?.password;
    options.tls = tls;
    return super.connect(callback);
  }

  /** ioredis forgets what is sent before the connection is ready when that ends first: such commands wait for it instead. */
  override sendCommand(command: Command, stream?: Stream): unknown {
    const isEarly = this.status === 'connect' && stream === undefined && !HANDSHAKE.has(command.name);
    const answer = super.sendCommand(command, isEarly ? this.#later : stream);
    if (this.#events.isRefusing()) this.#tellWhenDone(command);
    if (command.name !== 'info') return answer;
    const read = command.promise.then((info) => this.#readInfo(info, command));
    // Nobody waits for it when the client sends the command again.
    read.catch(() => undefined);
    return read;
  }

  /** ioredis fails all that waits when the handshake is refused; here it waits for a Redis that lets us in. */
  override recoverFromFatalError(_refused: Error, error: Error): void {
    this.silentEmit('error', error);
    this.stream.destroy();
  }

  override handleReconnection(error: Error, sent: Sent): void {
    const { command } = sent;
    if (this.status === 'connect' && command.name === 'auth' && isUnwantedPassword(error.message)) {
      this.#events.onUnwantedPassword();
      command.resolve('OK');
    } else if (this.status === 'connect' && command.name === 'info' && error.message.startsWith('NOPERM')) {
      // Whether the server is loading is not known then: what it answers to commands says so, too.
      command.resolve('');
    } else if (this.status === 'connect') {
      // A server that lets nobody in says so to whatever is sent first, which ioredis takes for an optional courtesy.
      if (meaningOf(error.message) === 'wait' || replyCode(error.message) === 'DENIED') {
        this.#refusal = error;
        this.#trouble(error);
      }
      command.reject(error);
      // Without its database every command would go to another one.
      if (command.name === 'select') this.stream.destroy();
    } else if (isRefusalByRights(error.message) && !OPTIONAL.has(command.name)) {
      this.#events.onRefusal(error, askedBy(command, error));
      // BullMQ asks again at once, for ever.
      setTimeout(() => command.reject(error), REFUSED_PAUSE_MS);
    } else {
      if (meaningOf(error.message) === 'wait') {
        this.#wasRefused = true;
        this.#trouble(error);
      }
      super.handleReconnection(error, sent);
    }
  }

  #tellWhenDone(command: Command): void {
    const { onCarriedOut } = this.#events;
    const tell = (): void => {
      onCarriedOut(command.name);
      onCarriedOut(withSubject(command));
    };
    command.promise.then(tell, () => undefined);
  }

  /** What is shown of INFO: of another policy BullMQ, which asks for all of it, prints its opinion past the log. */
  #readInfo(info: unknown, { args }: Command): unknown {
    if (typeof info !== 'string') return info;
    if (/^loading:1/m.test(info)) this.#trouble(loading());
    if (args.length > 0) return info;
    const policy = /^maxmemory_policy:(?!noeviction)(\S+)/m.exec(info)?.[1];
    if (policy === undefined) return info;
    this.#events.onEviction(policy);
    return info.replace(/^maxmemory_policy:.*$/m, '');
  }

  #listen(): void {
    this.on('error', (error) => this.#trouble(this.#meant(error)));
    this.on('connect', () => {
      this.#isShaking = true;
    });
    this.on('ready', () => {
      this.#isShaking = false;
      this.#refusal = undefined;
      this.#lead();
    });
    this.on('close', () => {
      if (this.#isShaking) this.#trouble(this.#meant(cutOff()));
    });
    this.on('connecting', () => {
      this.#looking ??= setInterval(() => this.#look(), LOOK_MS).unref();
    });
    this.on('end', () => {
      clearInterval(this.#looking);
      this.#looking = undefined;
    });
  }

  /** Where Sentinels have named another primary, the old one may still hold a blocking read or a subscription. */
  #lead(): void {
    if (this.options.target.place.kind !== 'sentinel') return;
    for (const further of this.#further)
      if (further.status === 'ready' && peerOf(further) !== peerOf(this)) further.disconnect(true);
  }

  /** Whether its words are heard before it cuts the connection is a matter of luck: what it said last time is the reason. */
  #meant(error: Error): Error {
    return isCut(error) && this.#refusal !== undefined ? this.#refusal : error;
  }

  #trouble(error: Error): void {
    this.#isShaking = false;
    this.#events.onTrouble(error);
  }

  #pauseMs(times: number): number {
    const leastMs = this.#wasRefused ? REFUSED_PAUSE_MS : 0;
    this.#wasRefused = false;
    return Math.max(leastMs, Math.min(100 * 2 ** Math.min(times, 10), RECONNECT_MAX_MS));
  }

  /**
   * Gives up a connection on which commands wait and nothing comes, and asks one on which nothing has to come whether it lives.
   *
   * Counts looks instead of time: a process that was stopped for a while has not listened.
   */
  #look(): void {
    const { stream } = this;
    if (stream === undefined || stream.destroyed) return;
    const isNews = stream !== this.#heard.stream || stream.bytesRead !== this.#heard.bytes;
    this.#heard = { stream, bytes: stream.bytesRead };
    this.#quietLooks = isNews ? 0 : this.#quietLooks + 1;
    if (this.commandQueue.length > 0) {
      if (this.#quietLooks >= SILENT_LOOKS)
        stream.destroy(
          new Error(`nothing was heard on the connection for ${(SILENT_LOOKS * LOOK_MS) / 1000} s`),
        );
    } else if (this.status === 'ready' && this.#quietLooks >= IDLE_LOOKS) {
      this.ping().catch(() => undefined);
    }
  }
}

function secretsOf(target: RedisTarget): ConnectionSecrets | Error {
  try {
    return readSecrets(target);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

const peerOf = ({ stream: { remoteAddress, remotePort } }: Redis): string => `${remoteAddress} ${remotePort}`;

const isCut = (error: Error): boolean =>
  'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');

/** What a server does that speaks TLS, or that is a proxy without one behind it. */
const cutOff = (): Error =>
  Object.assign(new Error('it ends each connection before it says anything'), { code: 'ECONNRESET' });

/** What a server says to commands while it starts; the handshake asks it without one. */
const loading = (): Error =>
  Object.assign(new Error('LOADING Redis is loading the dataset in memory'), { name: 'ReplyError' });
