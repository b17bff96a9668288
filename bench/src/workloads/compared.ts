import { forBothClients } from '../both-clients.ts';
import { compare } from '../compare.ts';
import { peersAmong } from '../contenders/peers.ts';
import { regfleetSync } from '../contenders/regfleet.ts';
import type { PeerName } from '../peers/programs.ts';
import type { Measurements } from '../result.ts';
import type { Subject } from '../stage.ts';
import { countOf, totalOf } from '../statistics.ts';
import {
  aheadOfEveryPeer,
  aheadOfEveryVerifyingPeer,
  atMost,
  atMostOf,
  memoryAtMost,
  type Target,
} from '../targets.ts';
import { numbered } from './numbered.ts';
import { noRepeatedGets, twoHeadsPerTag } from './request-targets.ts';
import { anyPlatforms, largeLayers, newPlatforms, smallTags } from './subjects.ts';
import { ALL_PEERS, FAST_PEERS, type Workload } from './workload.ts';

const beside =
  (peers: readonly PeerName[], subject: Subject): Workload['measure'] =>
  (run) =>
    compare(
      subject,
      [regfleetSync(), regfleetSync([], {}, 'sockets'), ...peersAmong(run.programs, peers)],
      run,
    );

const inSync = (fill: Subject['fills'][number]): Subject => ({ fills: [fill], targetFills: [fill] });

const SMALL_REQUESTS = 1650;
const LARGE_MEMORY_BYTES = 110 * 2 ** 20;
// A region away; Docker Hub from Europe is more.
const LATENCY_MS = 20;

const unchangedTargets: Workload['targets'] = (result) => [
  atMostOf(result, 'time', ['regsync', 'crane']),
  atMostOf(result, 'CPU', ['regsync']),
  twoHeadsPerTag(result),
];

/** Those in which peers do the same work. */
export const COMPARED: readonly Workload[] = [
  {
    name: 'a',
    title: '200 new tags in 10 repositories, two layers of 64 KiB each, one of them shared by all',
    measure: beside(ALL_PEERS, { fills: smallTags(20) }),
    targets: forBothClients((result) => [
      aheadOfEveryPeer(result),
      atMostOf(result, 'CPU', ['crane', 'regsync']),
      requestsAtMost(result, SMALL_REQUESTS),
      noRepeatedGets(result),
    ]),
  },
  {
    name: 'a-distant',
    title: `the tags of (a), both registries ${LATENCY_MS} ms away`,
    measure: beside(FAST_PEERS, { fills: smallTags(20), latencyMs: LATENCY_MS }),
    targets: forBothClients((result) => [aheadOfEveryPeer(result), noRepeatedGets(result)]),
  },
  {
    name: 'b',
    title: '4 new images of three layers of 128 MiB',
    measure: beside(ALL_PEERS, { fills: [largeLayers(4)] }),
    targets: forBothClients((result) => [
      aheadOfEveryVerifyingPeer(result),
      atMostOf(result, 'CPU', ['crane']),
      memoryAtMost(result, LARGE_MEMORY_BYTES),
      noRepeatedGets(result),
    ]),
  },
  {
    name: 'c',
    title: '60 new tags of three platforms, four layers each, three of them shared',
    measure: beside(ALL_PEERS, { fills: [newPlatforms(60)] }),
    targets: forBothClients((result) => [
      aheadOfEveryPeer(result),
      atMostOf(result, 'CPU', ['regsync']),
      noRepeatedGets(result),
    ]),
  },
  {
    name: 'd',
    title: '1,000 tags of three platforms that the target holds already',
    measure: beside(FAST_PEERS, inSync(anyPlatforms(1000))),
    targets: forBothClients(unchangedTargets),
  },
  {
    name: 'd-single',
    title: '1,000 tags of one platform that the target holds already',
    measure: beside(ALL_PEERS, inSync({ repository: 'bench/single', tags: numbered('v', 1000) })),
    targets: forBothClients(unchangedTargets),
  },
];

function requestsAtMost(measured: Measurements, limit: number): Target {
  const { source = {}, target = {} } = countOf(measured, 'regfleet sync') ?? {};
  return atMost(`at most ${limit} requests`, totalOf(source) + totalOf(target), limit);
}
