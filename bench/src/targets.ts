import type { ContenderName } from './contenders/contender.ts';
import type { PeerName } from './peers/programs.ts';
import { formatBytes, formatNumber, formatSeconds } from './report/format.ts';
import type { Measurements, WorkloadResult } from './result.ts';
import { medianCpuMs, medianMs, passesOf, peakBytes } from './statistics.ts';

/** Something a workload has to show, and whether it did. */
export interface Target {
  readonly wanted: string;
  readonly measured: string;
  readonly isMet: boolean;
}

const SUBJECT = 'regfleet sync';

// They take a blob as it comes: what was broken on its way would be found by the registry alone.
const UNVERIFYING: readonly ContenderName[] = ['ocync', 'image-syncer'];

/** Ahead in wall time, by the medians of one run, of every peer that ran. */
export function aheadOfEveryPeer(result: WorkloadResult): Target {
  return ahead(result, 'ahead of every peer', peersOf(result));
}

export function aheadOfEveryVerifyingPeer(result: WorkloadResult): Target {
  const peers = peersOf(result).filter((name) => !UNVERIFYING.includes(name));
  return ahead(result, 'ahead of every peer that verifies content', peers);
}

function ahead(result: WorkloadResult, wanted: string, peers: readonly ContenderName[]): Target {
  const [fastest] = peers.toSorted((one, other) => medianMs(result, one) - medianMs(result, other));
  const ratio = fastest === undefined ? Number.NaN : medianMs(result, SUBJECT) / medianMs(result, fastest);
  return compared(result, { wanted, ratio, isMet: ratio < 1, other: `the time of ${fastest}` });
}

const MEDIANS = { time: medianMs, CPU: medianCpuMs };

/** At most what each of the others took, by the medians of one run. */
export function atMostOf(
  result: WorkloadResult,
  what: keyof typeof MEDIANS,
  others: readonly PeerName[],
): Target {
  const medianOf = MEDIANS[what];
  const [least] = others.toSorted((one, other) => medianOf(result, one) - medianOf(result, other));
  const ratio = medianOf(result, SUBJECT) / Math.min(...others.map((name) => medianOf(result, name)));
  const wanted = `${what}: at most that of ${others.join(' and ')}`;
  return compared(result, { wanted, ratio, isMet: ratio <= 1, other: `that of ${least}` });
}

interface Comparison {
  readonly wanted: string;
  readonly ratio: number;
  readonly isMet: boolean;
  readonly other: string;
}

function compared(result: WorkloadResult, { wanted, ratio, isMet, other }: Comparison): Target {
  const missing = missingIn(result);
  const figure = Number.isNaN(ratio) ? 'not measured' : `${formatNumber(ratio)}x ${other}`;
  return { wanted, measured: [figure, ...missing].join('; '), isMet: isMet && missing.length === 0 };
}

const REQUIRED = ['regsync', 'crane', 'skopeo sync'] as const;
// https://github.com/containers/skopeo/releases: the first with the reworked transport for registries.
const SKOPEO_OF_TODAY = [1, 20] as const;

/** Why a comparison does not count: it takes today's peers, on a registry that is not itself the limit. */
function missingIn(result: WorkloadResult): string[] {
  const { peers, registry } = result.machine;
  const absent = REQUIRED.filter((name) => passesOf(result, name).length === 0);
  const [major = 0, minor = 0] = (peers['skopeo sync'] ?? '')
    .split('.')
    .map((part) => Number.parseInt(part, 10));
  const isOldSkopeo =
    major < SKOPEO_OF_TODAY[0] || (major === SKOPEO_OF_TODAY[0] && minor < SKOPEO_OF_TODAY[1]);
  return [
    ...absent.map((name) => `${name} did not run`),
    ...(!absent.includes('skopeo sync') && isOldSkopeo
      ? [`skopeo is older than ${SKOPEO_OF_TODAY.join('.')}`]
      : []),
    ...(registry.name === 'distribution' ? [] : ['not on distribution 3']),
  ];
}

/** All that ran beside the first. */
export function peersOf({ passes }: Measurements): ContenderName[] {
  return [...new Set(passes.map(({ contender }) => contender))].filter(
    (name) => !name.startsWith('regfleet'),
  );
}

export function memoryAtMost(
  measured: Measurements,
  limitBytes: number,
  contender: ContenderName = SUBJECT,
): Target {
  const peak = peakBytes(measured, contender);
  return {
    wanted: `at most ${formatBytes(limitBytes)} of memory`,
    measured: formatBytes(peak),
    isMet: peak <= limitBytes,
  };
}

export function timeAtMost(measured: Measurements, limitMs: number, variant: string): Target {
  const ms = medianMs(measured, SUBJECT, variant);
  return {
    wanted: `${variant}: at most ${formatSeconds(limitMs)}`,
    measured: formatSeconds(ms),
    isMet: ms <= limitMs,
  };
}

export function atMost(wanted: string, measured: number, limit: number): Target {
  return { wanted, measured: formatNumber(measured), isMet: measured <= limit };
}
