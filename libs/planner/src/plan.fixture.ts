import { parseConfig, type TargetTask, type Task, targetTasks } from '@regfleet/config';
import { startRegistry, type TestRegistry } from '@regfleet/harness';
import { type SyncRecord, silentLogger } from '@regfleet/model';
import { createRegistries, type Registries } from '@regfleet/registry';
import { afterAll, beforeAll } from 'vitest';
import type { DriftRecords, PlanEntry, PlanOptions } from './contract.ts';
import { planTask } from './plan.ts';

type Image = Extract<PlanEntry, { kind: 'image' }>;

export interface Sides {
  readonly source: TestRegistry;
  readonly target: TestRegistry;
  readonly registries: Registries;
}

/** A source and a target for a whole file, and clients of both; they are there once its tests run. */
export function useSides(): Sides {
  let sides: Sides | undefined;
  beforeAll(async () => {
    const [source, target] = await Promise.all([startRegistry(), startRegistry()]);
    sides = { source, target, registries: createRegistries({ logger: silentLogger, env: {} }) };
  });
  afterAll(async () => {
    await sides?.registries.close();
    await Promise.all([sides?.source.stop(), sides?.target.stop()]);
  });
  const running = (): Sides => {
    if (sides === undefined) throw new Error('the registries are not up yet');
    return sides;
  };
  return {
    get source() {
      return running().source;
    },
    get target() {
      return running().target;
    },
    get registries() {
      return running().registries;
    },
  };
}

/** A task of one target as such, and as that has it. */
const singleTarget = (task: Task): (Task & TargetTask)[] =>
  targetTasks(task).map((one) => ({ ...task, ...one }));

/** A task with the direct relay and one target. @param mappings - YAML. */
export function taskOf(
  mappings: string,
  hosts: { readonly source: string; readonly target: string },
): Task & TargetTask {
  const text = `
relay: direct
tasks:
- name: test
  source: {registry: '${hosts.source}', skip-tls-verify: true}
  target: {registry: '${hosts.target}', skip-tls-verify: true}
  mappings: ${mappings}
`;
  const { config, issues } = parseConfig(text, { file: 'test.yaml', env: {} });
  const [parsed] = (config?.tasks ?? []).flatMap(singleTarget);
  if (parsed === undefined) throw new Error(JSON.stringify(issues));
  return parsed;
}

export function recordsOf(
  entries: Record<string, SyncRecord> = {},
): DriftRecords & { kept: Map<string, SyncRecord> } {
  const kept = new Map(Object.entries(entries));
  return {
    kept,
    get: async ({ target: reference, platform }) => kept.get(`${reference} ${platform}`),
    set: async ({ target: reference, platform }, record) => void kept.set(`${reference} ${platform}`, record),
  };
}

export function planWith(
  registries: Registries,
  planned: TargetTask,
  records: DriftRecords = recordsOf(),
  options: PlanOptions = {},
): Promise<PlanEntry[]> {
  const ports = {
    client: (location: Task['source']) => registries.connect(location),
    lister: (location: Task['source']) => registries.lister(location, { cacheDurationMs: 0 }),
    records,
  };
  return Array.fromAsync(planTask(planned, ports, options));
}

export const images = (entries: readonly PlanEntry[]): Image[] =>
  entries.filter((entry) => entry.kind === 'image');

/** Drift by target repository and tag or digest. */
export const states = (entries: readonly PlanEntry[]): Record<string, string> =>
  Object.fromEntries(
    images(entries).map(({ request, drift }) => [
      `${request.target.repository}:${request.target.tag ?? request.target.digest}`,
      drift.state,
    ]),
  );
