import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { runToSuccess } from './processes/run-command.ts';
import { ServerProcess, type ServerProgram, startOnPort } from './processes/server-process.ts';
import type { TestRedis } from './redis.ts';
import type { RedisTlsFiles } from './redis-tls.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface SentinelOptions {
  /** What the Sentinels call the primary. */
  readonly name: string;
  readonly primary: TestRedis;
  /** Lines of its configuration besides, e.g. `sentinel auth-pass NAME PASSWORD`. */
  readonly lines?: readonly string[];
  /** What its clients have to say, absent: nothing. */
  readonly password?: string;
  /** It speaks TLS, with these for itself and towards the primary, and wants client certificates; absent: without TLS. */
  readonly tls?: RedisTlsFiles;
}

// Long enough for a busy machine, short enough for a test.
const DOWN_AFTER_MS = 2_000;
const FAILOVER_TIMEOUT_MS = 10_000;

/** A real `redis-server --sentinel` on 127.0.0.1, which decides alone. */
export class TestSentinel extends ServerProcess {
  #cli: readonly string[] = [];

  /** What `redis-cli` prints for the command. */
  call(...command: readonly string[]): Promise<string> {
    return runToSuccess(['redis-cli', '-p', String(this.port), ...this.#cli, ...command]);
  }

  /** For `call`. */
  authenticate(password: string): void {
    this.#cli = ['--no-auth-warning', '-a', password];
  }

  /** Returns once it names `redis` as the primary. */
  async names(name: string, redis: TestRedis, deadlineMs = 60_000): Promise<void> {
    const named = async (): Promise<string> => this.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name);
    await eventually(async () => (await named()).includes(String(redis.port)), {
      deadlineMs,
      what: 'the Sentinel to name the new primary',
    });
  }

  /** As an operator asks for it; one that it gives up, since what it knows of the replica is old, is asked for again. */
  async failOver(name: string, to: TestRedis): Promise<void> {
    const isBegun = async (): Promise<boolean> =>
      (await this.call('SENTINEL', 'FAILOVER', name)).startsWith('OK');
    await eventually(
      async () => {
        await eventually(isBegun, { deadlineMs: FAILOVER_TIMEOUT_MS });
        await this.names(name, to, 2 * FAILOVER_TIMEOUT_MS);
        return true;
      },
      { deadlineMs: 100_000, what: 'the fail-over' },
    );
  }

  /** Returns once it knows so many replicas that it could promote. */
  async knowsReplicas(name: string, count: number): Promise<void> {
    const known = async (): Promise<string> => this.call('SENTINEL', 'REPLICAS', name);
    await eventually(async () => (await known()).match(/^slave-repl-offset/gm)?.length === count, {
      deadlineMs: 60_000,
      what: 'the Sentinel to know the replicas',
    });
  }
}

export async function startSentinel(options: SentinelOptions): Promise<TestSentinel> {
  const { name, primary, lines = [], password, tls } = options;
  const folder = await temporaryFolder();
  const program: ServerProgram = {
    argv: async (port) => {
      const file = join(folder.path, 'sentinel.conf');
      const text = [
        ...(tls === undefined ? [`port ${port}`] : ['port 0', `tls-port ${port}`, ...tlsLines(tls)]),
        'bind 127.0.0.1',
        `dir ${folder.path}`,
        `sentinel monitor ${name} 127.0.0.1 ${primary.port} 1`,
        `sentinel down-after-milliseconds ${name} ${DOWN_AFTER_MS}`,
        `sentinel failover-timeout ${name} ${FAILOVER_TIMEOUT_MS}`,
        ...(password === undefined ? [] : [`requirepass ${password}`]),
        ...lines,
      ];
      await writeFile(file, `${text.join('\n')}\n`, { mode: 0o600 });
      return ['redis-server', file, '--sentinel'];
    },
    ready: /Sentinel ID/,
    cleanUp: folder.stop,
  };
  const sentinel = new TestSentinel(await startOnPort(program));
  if (password !== undefined) sentinel.authenticate(password);
  return sentinel;
}

const tlsLines = ({ ca, serverCert, serverKey }: RedisTlsFiles): string[] => [
  `tls-ca-cert-file ${ca}`,
  `tls-cert-file ${serverCert}`,
  `tls-key-file ${serverKey}`,
  'tls-replication yes',
];
