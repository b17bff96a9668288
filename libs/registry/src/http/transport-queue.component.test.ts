import { scriptedRegistry } from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { connectionSettings } from './connections.fixture.ts';
import { DEFAULT_TIMEOUTS } from './timeouts.ts';
import { Transport } from './transport.ts';

describe('registry/http/transport-queue', () => {
  it('waits for no free connection for ever', async () => {
    await using registry = await scriptedRegistry([
      { method: 'GET', path: '/', times: 'any', response: { status: 200, body: 'x'.repeat(300_000) } },
    ]);
    const settings = connectionSettings({
      registry: registry.host,
      apiHost: registry.host,
      timeouts: { ...DEFAULT_TIMEOUTS, queueMs: 100, headersMs: 1_000 },
      maxConnections: 1,
    });
    const transport = new Transport({
      ...settings,
      userAgent: 'test',
      logger: silentLogger,
      onRequest: () => undefined,
      limits: { pace: { minBytesPerSecond: 1, windowMs: 1_000 }, maxNames: 1 },
    });
    const request = {
      method: 'GET',
      url: new URL(registry.url),
      isRepeatable: false,
      namedBy: 'operator',
    } as const;
    const unread = await transport.send(request);
    await expect(transport.send(request)).rejects.toMatchObject({
      code: 'TIMED_OUT',
      registry: registry.host,
    });
    const content = await transport.send({ ...request, isTransfer: true });
    await content.discard();
    unread.body.destroy();
    await transport.close();
  });
});
