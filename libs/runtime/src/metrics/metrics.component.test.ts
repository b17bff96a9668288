import { readFile } from 'node:fs/promises';
import { runCommand } from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { createMetrics, type Metrics } from './metrics.ts';

const DOCS = new URL('../../../../docs/metrics.md', import.meta.url);

/** Metrics in which everything happened once. */
function eventfulMetrics(): Metrics {
  const metrics = createMetrics();
  metrics.runFinished({ task: 'web', outcome: 'succeeded', startedAtMs: 1_000, finishedAtMs: 3_000 });
  metrics.copyStarted('skopeo');
  metrics.copyFinished({ task: 'web', relay: 'skopeo', outcome: 'copied', durationMs: 700 });
  metrics.copyFailedAttempt({
    kind: 'retryable',
    code: 'NETWORK_FAILED',
    message: 'gone',
    side: 'source',
    registry: 'docker.io',
  });
  metrics.retried('retryable');
  metrics.requestSent({ registry: 'docker.io', method: 'HEAD', code: '200' });
  metrics.requestWaited('docker.io', 1_500);
  const depth = { queue: 'runs', waiting: 1, active: 2, delayed: 3, failed: 4 };
  const info = { relay: 'direct', source: 'docker.io', target: 'r.test', schedule: '0 3 * * *' };
  const times = { knownSinceMs: 1_000, nextAtMs: 9_000, comparedAtMs: 3_000, lagMs: 0 };
  const task = {
    task: 'web',
    ...times,
    info,
    images: { behind: 1 },
    vanished: { gone: { count: 1, sinceMs: 1 } },
  };
  metrics.observeTasks(() => Promise.resolve([task]), silentLogger);
  const memory = { usedBytes: 1, limitBytes: 2 };
  metrics.observeFleet(() => Promise.resolve({ processes: [], memory }), silentLogger);
  metrics.observeLeadership(() => true);
  metrics.observePauses(() => new Map([['docker.io', 1_500]]));
  metrics.observeRates(() => new Map([['docker.io', 5]]));
  metrics.allowanceTold('docker.io', { left: 76, limit: 100, windowMs: 21_600_000 });
  metrics.bytesCopied({ source: 'docker.io', target: 'r.test' }, 5);
  metrics.blobsLookedUp({ asked: 3, hits: 1 });
  metrics.configRead(true);
  metrics.observeQueues(() => Promise.resolve([depth]), silentLogger);
  return metrics;
}

const sorted = (rows: Iterable<string>): string[] => [...rows].sort();

describe('runtime/metrics', () => {
  it('is accepted by promtool', async () => {
    const input = await eventfulMetrics().expose();
    const { code, stdout, stderr } = await runCommand(['promtool', 'check', 'metrics'], { input });
    expect(`${stdout}${stderr}`).toBe('');
    expect(code).toBe(0);
  });

  it('has the names, types and labels that docs/metrics.md documents, and no others', async () => {
    const exposed = await eventfulMetrics().expose();
    const documented = (await readFile(DOCS, 'utf8')).matchAll(
      /^\| `(regfleet_\w+)` \| (\w+) \| ([^|]*) \|/gm,
    );
    const types = [...exposed.matchAll(/^# TYPE (regfleet_\w+) (\w+)$/gm)];
    const rows = types.map(([, name = '', type = '']) => `${name} ${type} ${labelsOf(name, exposed)}`);
    expect(sorted(rows)).toEqual(
      sorted(
        [...documented].map(
          ([, name, type, labels = '']) => `${name} ${type} ${labels.replaceAll(/[`\s]/g, '')}`,
        ),
      ),
    );
  });
});

/** Label names of the metric's first sample, `le` of buckets left out. */
function labelsOf(name: string, exposed: string): string {
  const sample = new RegExp(`^${name}(?:_bucket)?\\{([^}]*)\\}`, 'm').exec(exposed)?.[1] ?? '';
  const labels = [...sample.matchAll(/(\w+)="/g)].map(([, label = '']) => label);
  return labels.filter((label) => label !== 'le').join(',');
}
