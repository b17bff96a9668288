import { describe, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { pushImage } from '../images/push.ts';
import { digestOf, listTags, pullEverything } from '../registry/read.ts';
import { startRegistry } from '../registry/test-registry.ts';
import { countingProxy } from './counting-proxy.ts';

const layer = { sizeBytes: 2_000_000, seed: 1 };
const options = { tls: true, htpasswd: { username: 'u', password: 'p' } };

describe('harness/servers/counting-proxy', () => {
  it('passes whole images through, uploads included, and counts', async () => {
    await using registry = await startRegistry(options);
    await using proxy = await countingProxy(registry);
    const { digest } = await pushImage(proxy, 'a', '1', { layers: [layer] });
    expect((await pullEverything(proxy, 'a', '1')).digest).toBe(digest);
    expect(proxy.requests.count({ method: 'PUT', kind: 'upload' })).toBe(2);
    expect(proxy.requests.count({ method: 'PUT', kind: 'manifest' })).toBe(1);
  });

  it('answers in the place of the target, as often as it is told', async () => {
    await using registry = await startRegistry();
    await using proxy = await countingProxy(registry);
    const fault = {
      kind: 'ping',
      status: 429,
      headers: { 'retry-after': '7' },
      body: 'wait',
      times: 2,
    } as const;
    const injected = proxy.inject(fault);
    const answers = [];
    for (let i = 0; i < 3; i += 1) answers.push(await fetch(`${proxy.url}/v2/`));
    expect(answers.map((answer) => answer.status)).toEqual([429, 429, 200]);
    expect(answers[0]?.headers.get('retry-after')).toBe('7');
    expect(await answers[0]?.text()).toBe('wait');
    expect(injected.hits).toBe(2);
  });

  it('lays headers over those of the target', async () => {
    await using registry = await startRegistry();
    await using proxy = await countingProxy(registry);
    const fault = proxy.inject({ kind: 'ping', headers: { 'ratelimit-remaining': '3' } });
    const answer = await fetch(`${proxy.url}/v2/`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('ratelimit-remaining')).toBe('3');
    fault.remove();
    expect((await fetch(`${proxy.url}/v2/`)).headers.has('ratelimit-remaining')).toBe(false);
  });

  it('meets one request in so many', async () => {
    await using registry = await startRegistry();
    await using proxy = await countingProxy(registry);
    const injected = proxy.inject({ kind: 'ping', status: 500, oneIn: 3 });
    const statuses = [];
    for (let i = 0; i < 7; i += 1) statuses.push((await fetch(`${proxy.url}/v2/`)).status);
    expect(statuses).toEqual([500, 200, 200, 500, 200, 200, 500]);
    expect(injected.hits).toBe(3);
  });

  it('delays answers, and sends bodies slowly, until the fault is removed', async () => {
    await using registry = await startRegistry();
    await pushImage(registry, 'a', '1', { layers: [layer] });
    await using proxy = await countingProxy(registry);
    const faults = [
      proxy.inject({ kind: 'manifest', delayMs: 60_000 }),
      proxy.inject({ kind: 'blob', bytesPerSecond: 1_000 }),
    ];
    const began = performance.now();
    const pulled = pullEverything(proxy, 'a', '1');
    for (const fault of faults) {
      await eventually(() => fault.hits > 0);
      fault.remove();
    }
    await pulled;
    expect(performance.now() - began).toBeLessThan(30_000);
  });

  it('holds requests until they are released', async () => {
    await using registry = await startRegistry();
    await using proxy = await countingProxy(registry);
    const fault = proxy.inject({ method: 'HEAD', kind: 'manifest', held: true });
    let isAnswered = false;
    const held = digestOf(proxy, 'a', '1').finally(() => {
      isAnswered = true;
    });
    await eventually(() => fault.hits === 1);
    await digestOf(registry, 'a', '1');
    expect(isAnswered).toBe(false);
    fault.release();
    expect(await held).toBeUndefined();
  });

  it('cuts downloads after the bytes it is told', async () => {
    await using registry = await startRegistry();
    const image = await pushImage(registry, 'a', '1', { layers: [layer] });
    await using proxy = await countingProxy(registry);
    const path = `/v2/a/blobs/${image.layers[0]?.digest}`;
    proxy.inject({ kind: 'blob', cutAfterBytes: 100_000, times: 1 });
    const response = await fetch(proxy.url + path);
    expect(response.headers.get('content-length')).toBe(String(image.layers[0]?.sizeBytes));
    let receivedBytes = 0;
    const reading = (async () => {
      for await (const chunk of response.body ?? []) receivedBytes += chunk.byteLength;
    })();
    await expect(reading).rejects.toThrow();
    expect(receivedBytes).toBe(100_000);
    await pullEverything(proxy, 'a', '1');
  });

  it('stalls downloads after the bytes it is told', async () => {
    await using registry = await startRegistry();
    const image = await pushImage(registry, 'a', '1', { layers: [layer] });
    await using proxy = await countingProxy(registry);
    proxy.inject({ kind: 'blob', stallAfterBytes: 100_000 });
    const abort = new AbortController();
    const response = await fetch(`${proxy.url}/v2/a/blobs/${image.layers[0]?.digest}`, abort);
    let receivedBytes = 0;
    const reading = (async () => {
      for await (const chunk of response.body ?? []) receivedBytes += chunk.byteLength;
    })();
    const ended = expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    await eventually(() => receivedBytes === 100_000);
    abort.abort();
    await ended;
    expect(receivedBytes).toBe(100_000);
  });

  it('cuts uploads on both sides', async () => {
    await using registry = await startRegistry();
    await using proxy = await countingProxy(registry);
    proxy.inject({ method: 'PUT', kind: 'upload', cutRequestAfterBytes: 100_000 });
    // Small blobs are below the limit, and pass.
    await pushImage(proxy, 'a', 'small', { layers: ['x'] });
    await expect(pushImage(proxy, 'a', 'large', { layers: [layer] })).rejects.toThrow();
    expect(await listTags(registry, 'a')).toEqual(['small']);
  });

  it('stops with requests in the air', async () => {
    await using registry = await startRegistry();
    const proxy = await countingProxy(registry);
    const fault = proxy.inject({ held: true });
    const asked = digestOf(proxy, 'a', '1').catch(() => 'cut');
    await eventually(() => fault.hits === 1);
    await proxy.stop();
    expect(await asked).toBe('cut');
  });
});
