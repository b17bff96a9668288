import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContenderName } from './contenders/contender.ts';
import type { Machine } from './machine.ts';
import type { Cost } from './process/measured-process.ts';

export const WORKLOAD_NAMES = [
  'a',
  'a-distant',
  'b',
  'c',
  'd',
  'd-single',
  'e',
  'referrers',
  'scheduler',
  'fleet',
  'start',
  'memory',
  'requests',
] as const;

export type WorkloadName = (typeof WORKLOAD_NAMES)[number];

/** One timed pass of a contender. */
export interface Pass extends Cost {
  readonly contender: ContenderName;
  /** What sets this pass apart from others of the contender, e.g. fewer tags; absent: nothing. */
  readonly variant?: string;
  /** Processor time of both registries together; absent: they run in the process of the bench. */
  readonly registryCpuMs?: number;
}

/** Requests by `METHOD kind`. */
export type RequestSummary = Readonly<Record<string, number>>;

/** One pass in which requests were counted. */
export interface Count {
  readonly contender: ContenderName;
  readonly variant?: string;
  readonly source: RequestSummary;
  readonly target: RequestSummary;
  /** Connections that the contender opened, to both sides; absent: not counted. */
  readonly connections?: number;
  /** GETs of a manifest or blob that this pass had got before. */
  readonly repeatedSourceGets: number;
  /** How long the pass took with its requests going through the counting proxy. */
  readonly durationMs: number;
}

export interface Measurements {
  /** Images that one pass compares or copies. */
  readonly tags: number;
  /** In the order in which they ran. */
  readonly passes: readonly Pass[];
  readonly counts: readonly Count[];
  /** What a workload measures besides, by name. */
  readonly facts?: Readonly<Record<string, number>>;
  /** What has to be known to read the figures, e.g. that a contender left tags undone. */
  readonly notes?: readonly string[];
}

export interface WorkloadResult extends Measurements {
  readonly workload: WorkloadName;
  /** ISO 8601. */
  readonly measuredAt: string;
  readonly machine: Machine;
  /** Of the minute before: what else the machine had to do. */
  readonly loadAverage: number;
}

export const RESULTS_FOLDER = join(import.meta.dirname, '..', 'results');

export async function writeResult(folder: string, result: WorkloadResult): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(fileOf(folder, result.workload), `${JSON.stringify(result, undefined, 2)}\n`);
}

/** Absent: not measured yet. */
export function readResult(folder: string, workload: WorkloadName): WorkloadResult | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(folder, workload), 'utf8')) as WorkloadResult;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

const fileOf = (folder: string, workload: WorkloadName): string => join(folder, `${workload}.json`);
