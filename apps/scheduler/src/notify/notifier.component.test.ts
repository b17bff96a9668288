import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseConfig, type SyncConfig } from '@regfleet/config';
import { eventually, startRedis, type TestRedis } from '@regfleet/harness';
import { type Logger, silentLogger } from '@regfleet/model';
import { connectFleet, type Fleet } from '@regfleet/queue';
import { Webhooks } from '@regfleet/registry';
import { createMetrics } from '@regfleet/runtime';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startNotifier } from './notifier.ts';

const TOKEN = 'T0k3nOfTheWebhook';

describe('scheduler/notify/notifier', () => {
  let redis: TestRedis;
  let client: Redis;
  let fleet: Fleet;
  let prefix: string;
  let closing: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    redis = await startRedis();
    client = new Redis(redis.url);
  });
  afterAll(async () => {
    client.disconnect();
    await redis.stop();
  });
  beforeEach(async () => {
    prefix = randomUUID();
    fleet = await connectFleet({ url: redis.url, prefix, logger: silentLogger, deadlineMs: 5_000 });
    closing = [() => fleet.close()];
  });
  afterEach(async () => {
    for (const close of closing.reverse()) await close();
  });

  let runs = 0;
  async function runEnds(outcome: 'failed' | 'succeeded' | 'cancelled'): Promise<string> {
    const id = `r${++runs}`;
    const run = { trigger: 'start', task: 't', startedAtMs: 1, finishedAtMs: 2, outcome };
    await client.hset(`{${prefix}}:run:${id}`, run);
    await client.hset(`{${prefix}}:task:t`, { lastRunId: id });
    return id;
  }

  /** Answers with these statuses, 0 standing for none ever, and then with 200. */
  async function startReceiver(...statuses: number[]) {
    const received: { type: string | undefined; auth: string | undefined; body: Record<string, unknown> }[] =
      [];
    let asked = 0;
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const { 'content-type': type, authorization: auth } = request.headers;
      const status = statuses[asked++] ?? 200;
      if (status === 200) received.push({ type, auth, body: JSON.parse(Buffer.concat(chunks).toString()) });
      if (status !== 0) response.writeHead(status).end();
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    closing.push(async () => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    return { received, asked: () => asked, url: `http://127.0.0.1:${port}/${TOKEN}` };
  }

  async function start(receivers: string, { leads = (): boolean => true } = {}) {
    const lines: string[] = [];
    const tell = (fields: object, message: string): void =>
      void lines.push(JSON.stringify([fields, message]));
    const logger: Logger = { ...silentLogger, debug: tell, info: tell, warn: tell, error: tell };
    const metrics = await createMetrics();
    const webhooks = new Webhooks({}, 100);
    const config = configOf(receivers);
    const notifier = startNotifier(
      { store: fleet, config: () => config, metrics, logger, webhooks, leads },
      5,
    );
    closing.push(
      () => webhooks.close(),
      () => notifier.stop(),
    );
    return { lines, metrics, notifier };
  }

  it('tells each change once, in each format, whoever leads, and shows its URL nowhere', async () => {
    const [json, slack, events] = [await startReceiver(), await startReceiver(), await startReceiver(500)];
    const receivers = `
- {name: json, url: '${json.url}', headers: {Authorization: 'Bearer ${TOKEN}'}}
- {name: slack, url: '${slack.url}', format: slack, on: [recovered]}
- {name: events, url: '${events.url}', format: cloudevents, on: [failing]}`;
    const first = await start(receivers);
    const idle = await start(receivers, { leads: () => false });
    const failed = await runEnds('failed');
    await eventually(() => json.received.length === 1 && events.received.length === 1);
    expect(json.received[0]).toMatchObject({
      type: 'application/json',
      auth: `Bearer ${TOKEN}`,
      body: { version: 1, event: 'failing', task: 't', run: failed },
    });
    expect(events.received[0]).toMatchObject({
      type: 'application/cloudevents+json',
      body: { specversion: '1.0', id: `t/failing/${failed}`, type: 'regfleet.task.failing', subject: 't' },
    });
    await eventually(async () => (await fleet.toldStates.of('events', ['t']))[0]?.isFailing === true);
    await first.notifier.stop();

    const second = await start(receivers);
    await runEnds('failed');
    await runEnds('cancelled');
    await runEnds('succeeded');
    await eventually(() => json.received.length === 2 && slack.received.length === 1);
    expect(slack.received[0]?.body).toEqual({ text: 'Task t succeeds again' });
    const summary = { gone: { count: 2, sinceMs: 5 } };
    await fleet.sourceNotes.write('t', { notes: [], dropped: [], summary });
    await eventually(() => json.received.length === 3);
    await fleet.sourceNotes.write('t', { notes: [], dropped: [], summary: {} });
    await eventually(() => json.received.length === 4);
    expect(json.received.map(({ body }) => body.event)).toEqual([
      'failing',
      'recovered',
      'vanished',
      'returned',
    ]);
    expect(json.received[2]?.body).toMatchObject({ vanished: summary });
    expect(events.received).toHaveLength(1);

    expect(await first.metrics.expose()).toContain('regfleet_notifications_total{outcome="failed"} 1');
    expect(await idle.metrics.expose()).toContain('regfleet_notifications_total{outcome="delivered"} 0');
    expect(first.lines.join()).toContain('answered with 500');
    const kept = await Promise.all(
      (await client.keys(`{${prefix}}:task:*`)).map((key) => client.hgetall(key)),
    );
    expect(kept).toHaveLength(1);
    const shown = [first, second, idle].map(({ lines }) => lines.join());
    expect(JSON.stringify([kept, shown, await first.metrics.expose()])).not.toContain(TOKEN);
  });

  it('waits for no receiver that hangs, asks none at the metadata of clouds, and ends at once', async () => {
    const [hanging, other] = [await startReceiver(0), await startReceiver()];
    const { lines, notifier } = await start(`
- {name: hanging, url: '${hanging.url}'}
- {name: metadata, url: 'http://169.254.169.254/${TOKEN}'}
- {name: other, url: '${other.url}'}`);
    await runEnds('failed');
    await eventually(() => other.received.length === 1 && hanging.received.length === 1);
    const text = lines.join();
    expect(text).toContain('no answer within');
    expect(text).toContain('REDIRECT_REFUSED');
    expect(text).not.toContain(TOKEN);
    expect(text.match(/REDIRECT_REFUSED/g)).toHaveLength(1);
    await notifier.stop();
  });
});

function configOf(receivers: string): SyncConfig {
  const text = `
relay: direct
notify:${receivers}
tasks:
- name: t
  interval: 3600
  source: {registry: '127.0.0.1:1'}
  target: {registry: '127.0.0.1:1'}
  mappings: [{from: a, to: b}]
`;
  const { config, issues } = parseConfig(text, { file: 'test.yaml', env: {} });
  if (config === undefined) throw new Error(JSON.stringify(issues));
  return config;
}
