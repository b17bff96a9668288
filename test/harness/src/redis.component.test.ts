import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { isRunning } from './processes/is-running.ts';
import { runCommand } from './processes/run-command.ts';
import { startRedis, type TestRedis } from './redis.ts';

/** One inline command, answered by the first line. */
async function ask(redis: TestRedis, command: string): Promise<string> {
  const socket = connect(redis.port, '127.0.0.1').setEncoding('utf8');
  socket.write(`${command}\r\n`);
  const [answer] = await once(socket, 'data');
  socket.destroy();
  return String(answer).trim();
}

describe('harness/redis', () => {
  it('keeps data and port over a kill when it is persistent', async () => {
    await using redis = await startRedis({ persistent: true });
    const { pid, port } = redis;
    expect(await ask(redis, 'SET key value')).toBe('+OK');
    await redis.kill();
    expect(await isRunning(pid)).toBe(false);
    await redis.restart();
    expect(redis.port).toBe(port);
    expect(redis.pid).not.toBe(pid);
    expect(await ask(redis, 'GET key')).toContain('value');
  });

  it('forgets everything over a restart otherwise', async () => {
    await using redis = await startRedis();
    await ask(redis, 'SET key value');
    await redis.restart();
    expect(await ask(redis, 'DBSIZE')).toBe(':0');
  });

  it('answers what it was asked in the pause when the pause ends', async () => {
    await using redis = await startRedis();
    redis.pause();
    const answer = ask(redis, 'PING');
    redis.resume();
    expect(await answer).toBe('+PONG');
  });

  it('stops while it is paused', async () => {
    const redis = await startRedis();
    redis.pause();
    await redis.stop();
    expect(await isRunning(redis.pid)).toBe(false);
  });

  it('refuses to lose keys, and takes limits', async () => {
    await using redis = await startRedis({ maxMemory: '64mb' });
    expect(await ask(redis, 'CONFIG GET maxmemory-policy')).toContain('noeviction');
    expect(await ask(redis, 'CONFIG GET maxmemory')).toContain(String(64 * 1024 * 1024));
  });

  it('starts many at once, each on a port of its own', async () => {
    const servers = await Promise.all(Array.from({ length: 8 }, () => startRedis()));
    expect(new Set(servers.map((redis) => redis.port)).size).toBe(8);
    await Promise.all(servers.map((redis) => redis.stop()));
    expect(await Promise.all(servers.map((redis) => isRunning(redis.pid)))).not.toContain(true);
  });

  it('has a replica get what is written from then on', async () => {
    const [primary, replica] = await Promise.all([startRedis(), startRedis()]);
    await using _ = primary;
    await using __ = replica;
    await replica.follow(primary);
    expect(await replica.call('INFO', 'replication')).toMatch(/^slave_repl_offset:[1-9]/m);
    await primary.call('SET', 'key', 'value');
    await replica.catchUp(primary);
    expect(await replica.call('GET', 'key')).toContain('value');
  });

  it('says what the server printed when a wanted port is taken', async () => {
    await using redis = await startRedis();
    await expect(startRedis({ port: redis.port })).rejects.toThrow(/Address already in use/);
  });

  it('speaks TLS on its port, and nothing else there', async () => {
    await using redis = await startRedis({ tls: { wantsClients: true } });
    expect(redis.url).toBe(`rediss://${redis.host}`);
    expect(await redis.call('PING')).toBe('PONG\n');
    const plain = await runCommand(['redis-cli', '-p', String(redis.port), 'PING']);
    expect(plain.stdout).not.toContain('PONG');
  });
});
