import { isSyncError } from '@regfleet/model';
import { afterEach, describe, expect, it } from 'vitest';
import { createMetrics } from '../metrics/metrics.ts';
import { type HealthServer, type Readiness, startHealthServer } from './health-server.ts';

const started: HealthServer[] = [];

afterEach(async () => {
  for (const server of started.splice(0)) await server.close();
});

async function start(
  readiness: () => Readiness = () => ({ ready: true, reasons: [] }),
  port = 0,
): Promise<HealthServer> {
  const server = await startHealthServer({ host: '127.0.0.1', port, metrics: createMetrics(), readiness });
  started.push(server);
  return server;
}

describe('runtime/health/health-server', () => {
  it('takes a free port and tells its address', async () => {
    const { address } = await start();
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
  });

  it.each(['0.0.0.0', '::'])('says so where it listens at every address: %s', async (host) => {
    const server = await startHealthServer({
      host,
      port: 0,
      metrics: createMetrics(),
      readiness: () => ({ ready: true, reasons: [] }),
    });
    started.push(server);
    expect(server.isOpen).toBe(true);
    expect(new URL(server.address).hostname).toBe(host === '::' ? '[::]' : host);
  });

  it('answers /readyz by what the process says at that moment', async () => {
    let reasons: string[] = [];
    const { address } = await start(() => ({ ready: reasons.length === 0, reasons }));
    expect((await fetch(`${address}/readyz`)).status).toBe(200);
    reasons = ['waiting for Redis'];
    const answer = await fetch(`${address}/readyz`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({ ready: false, reasons: ['waiting for Redis'] });
  });

  it('serves metrics in the text exposition format', async () => {
    const { address } = await start();
    const answer = await fetch(`${address}/metrics`);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await answer.text()).toContain('# TYPE regfleet_runs_total counter');
  });

  it('tells documents as JSON, and answers 503 where one is not known or cannot be read', async () => {
    const server = await startHealthServer({
      host: '127.0.0.1',
      port: 0,
      metrics: createMetrics(),
      readiness: () => ({ ready: true, reasons: [] }),
      documents: {
        '/known': async () => ({ copies: 1 }),
        '/unknown': async () => undefined,
        '/failing': () => Promise.reject(new Error('of secret words')),
      },
    });
    started.push(server);
    const read = async (path: string) => {
      const answer = await fetch(server.address + path);
      return [answer.status, answer.headers.get('content-type'), await answer.json()];
    };
    const json = 'application/json; charset=utf-8';
    expect(await read('/known')).toEqual([200, json, { copies: 1 }]);
    expect(await read('/unknown')).toEqual([503, json, { known: false }]);
    expect(await read('/failing')).toEqual([503, json, { known: false }]);
  });

  it('closes although a client keeps its connection', async () => {
    const { address, close } = await start();
    await (await fetch(`${address}/healthz`)).text();
    await close();
    await expect(fetch(`${address}/healthz`)).rejects.toThrow();
  });

  it('says that the port is taken', async () => {
    const { address } = await start();
    const error = await start(undefined, Number(new URL(address).port)).catch((failure: unknown) => failure);
    expect(isSyncError(error) && error).toMatchObject({
      code: 'USAGE_INVALID',
      message: expect.stringContaining('EADDRINUSE'),
    });
  });
});
