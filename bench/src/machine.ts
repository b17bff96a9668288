import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import type { Programs } from './peers/programs.ts';
import { imageStorage, type Storage } from './storage.ts';

/** Where and with what a result was measured. */
export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
  /** By the names of contenders. */
  readonly peers: Readonly<Record<string, string>>;
  readonly registry: { readonly name: Programs['registry']['name']; readonly version: string };
  /** Where the registries kept their images. */
  readonly storage: Storage;
}

export async function describeMachine({ peers, registry }: Programs): Promise<Machine> {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    node: process.versions.node,
    peers: Object.fromEntries(Object.entries(peers).map(([name, { version }]) => [name, version])),
    registry: { name: registry.name, version: registry.version },
    storage: await imageStorage(),
  };
}
