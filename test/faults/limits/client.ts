/**
 * One process of a fleet that asks a registry for manifests as fast as it is let, several at once, until it is told to end.
 *
 * Argument: JSON of `ClientSettings`. Prints `asking`, and at the end JSON of `ClientTold`.
 */
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { parseRegistryName, type RegistryRates, Secret, silentLogger, toSyncError } from '@regfleet/model';
import { connectFleet } from '@regfleet/queue';
import { createRegistries } from '@regfleet/registry';

export interface ClientSettings {
  readonly redis: string;
  readonly prefix: string;
  readonly registry: string;
  readonly rates: RegistryRates;
  readonly egress: string;
  /** For the registry; absent: a stranger. */
  readonly username?: string;
  /** For `HTTPS_PROXY`; absent: none. */
  readonly proxy?: string;
  readonly atOnce: number;
}

export interface ClientTold {
  /** Questions that were answered. */
  readonly answered: number;
  /** Codes of those that were not. */
  readonly failures: readonly string[];
}

// A registry that stands still for want of a processor sees what came meanwhile at once, as if it had been sent so.
setPriority(10);
const settings = JSON.parse(process.argv[2] ?? '{}') as ClientSettings;
const { redis, prefix, registry, rates, egress, username, proxy, atOnce } = settings;
const fleet = await connectFleet({ url: redis, prefix, logger: silentLogger, deadlineMs: 30_000 });
const registries = createRegistries({
  logger: silentLogger,
  env: { HTTPS_PROXY: proxy },
  requestGate: fleet.requestGate({ egress, ratesOf: () => rates }),
});
const client = registries.connect({
  registry: parseRegistryName(registry),
  auth:
    username === undefined
      ? { kind: 'anonymous' }
      : { kind: 'basic', username, password: new Secret('password') },
  tls: { skipVerify: true, certsDir: '/does/not/exist' },
});
const ended = new AbortController();
const failures: string[] = [];
let answered = 0;

async function askOn(name: string): Promise<void> {
  for (let count = 0; !ended.signal.aborted; count += 1) {
    try {
      await client.headManifest('team/app', `${name}-${count}`, { signal: ended.signal });
      answered += 1;
    } catch (error) {
      if (!ended.signal.aborted) failures.push(toSyncError(error).code);
    }
  }
}

const asking = Array.from({ length: atOnce }, (_, at) => askOn(`${process.pid}-${at}`));
process.stdout.write('asking\n');
await once(process, 'SIGTERM');
ended.abort(new Error('the test is over'));
await Promise.all(asking);
const told: ClientTold = { answered, failures };
process.stdout.write(`${JSON.stringify(told)}\n`);
await registries.close();
await fleet.close();
