import { eventually } from './eventually.ts';
import { runToSuccess } from './processes/run-command.ts';
import { ServerProcess, type ServerProgram, type Started, startOnPort } from './processes/server-process.ts';
import { type RedisTls, type RedisTlsFiles, writeRedisTls } from './redis-tls.ts';
import { folderFor } from './temporary-folder.ts';

export interface RedisOptions {
  /** Absent: `redis-server`. */
  readonly program?: 'redis-server' | 'valkey-server';
  /** Absent: its port is one without TLS. */
  readonly tls?: RedisTls;
  /** Keeps the data over `kill` and `restart` by an append-only file, as the product does. */
  readonly persistent?: boolean;
  /** Absent: a random free one. */
  readonly port?: number;
  /** Where the data lives; absent: a temporary folder that `stop` removes. */
  readonly dir?: string;
  /** As redis.conf writes it, e.g. `64mb`; absent: no limit. */
  readonly maxMemory?: string;
  /** The eviction policy; absent: `noeviction`. */
  readonly policy?: string;
  /** Other settings of redis.conf, by name. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A real redis-server on 127.0.0.1. */
export class TestRedis extends ServerProcess {
  readonly dir: string;
  readonly #tls: RedisTlsFiles | undefined;

  constructor(started: Started, dir: string, tls?: RedisTlsFiles) {
    super(started);
    this.dir = dir;
    this.#tls = tls;
  }

  get url(): string {
    return `${this.#tls === undefined ? 'redis' : 'rediss'}://${this.host}`;
  }

  /** Where a client finds what it needs for TLS. */
  get tls(): RedisTlsFiles {
    if (this.#tls === undefined) throw new Error('this Redis was started without TLS');
    return this.#tls;
  }

  /** What `redis-cli` prints for the command, an error of Redis included. */
  call(...command: readonly string[]): Promise<string> {
    const { ca, cert, key } = this.#tls ?? {};
    const tls =
      ca && cert && key ? ['--tls', '--insecure', '--cacert', ca, '--cert', cert, '--key', key] : [];
    return runToSuccess(['redis-cli', '-p', String(this.port), ...tls, ...command]);
  }

  /** Returns once this server holds what `primary` holds and gets what is written there from then on. */
  async follow(primary: TestRedis): Promise<void> {
    await this.call('REPLICAOF', '127.0.0.1', String(primary.port));
    await eventually(async () => /^master_link_status:up/m.test(await this.call('INFO', 'replication')), {
      what: 'the replica to be in sync',
    });
    await this.catchUp(primary);
  }

  /**
   * Returns once this replica has got everything that `primary` has carried out so far.
   *
   * That the link is up does not say so: a primary sends nothing before an acknowledgement that its replica may give a second
   * later, and a replica that is promoted meanwhile knows of nothing.
   */
  async catchUp(primary: TestRedis): Promise<void> {
    // Goes the way of writes, and leaves no key.
    await primary.call('PUBLISH', 'caught-up', '');
    const wanted = await offsetOf(primary, 'master_repl_offset');
    await eventually(async () => (await offsetOf(this, 'slave_repl_offset')) >= wanted, {
      what: 'the replica to catch up',
    });
  }
}

async function offsetOf(redis: TestRedis, field: string): Promise<number> {
  const info = await redis.call('INFO', 'replication');
  return Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(info)?.[1]);
}

export async function startRedis(options: RedisOptions = {}): Promise<TestRedis> {
  const folder = await folderFor(options.dir);
  const tls = options.tls && (await writeRedisTls(folder.path, options.tls));
  const program: ServerProgram = {
    argv: (port) =>
      Promise.resolve(
        redisArgv(port, folder.path, { ...options, settings: { ...tls?.settings, ...options.settings } }),
      ),
    ready: /Ready to accept connections/,
    cleanUp: folder.stop,
  };
  return new TestRedis(await startOnPort(program, options.port), folder.path, tls?.files);
}

function redisArgv(port: number, dir: string, options: RedisOptions): readonly string[] {
  const settings: Record<string, string> = {
    bind: '127.0.0.1',
    ...(options.tls ? { port: '0', 'tls-port': String(port) } : { port: String(port) }),
    dir,
    save: '',
    appendonly: options.persistent ? 'yes' : 'no',
    maxmemory: options.maxMemory ?? '0',
    'maxmemory-policy': options.policy ?? 'noeviction',
    'repl-diskless-sync-delay': '0',
    ...options.settings,
  };
  return [
    options.program ?? 'redis-server',
    ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
  ];
}
