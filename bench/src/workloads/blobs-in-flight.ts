import { forBothClients } from '../both-clients.ts';
import { compare } from '../compare.ts';
import { regfleetSync } from '../contenders/regfleet.ts';
import { memoryAtMost } from '../targets.ts';
import { numbered } from './numbered.ts';
import type { Workload } from './workload.ts';

const BLOBS = 50;
const MIB = 2 ** 20;
const FLAGS = ['--concurrency', String(BLOBS)];

export const blobsInFlight: Workload = {
  name: 'memory',
  title: `${BLOBS} blobs of 64 MiB in flight at once`,
  measure: (run) =>
    compare(
      {
        fills: [
          {
            repository: 'bench/in-flight',
            tags: numbered('v', BLOBS),
            image: (tag) => ({ layers: [{ sizeBytes: 64 * MIB, seed: `in flight ${tag}` }] }),
          },
        ],
      },
      [regfleetSync(FLAGS), regfleetSync(FLAGS, {}, 'sockets')],
      run,
    ),
  targets: forBothClients((measured) => [memoryAtMost(measured, 130 * MIB)]),
};
