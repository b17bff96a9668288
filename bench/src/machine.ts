import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { runCommand } from '@regfleet/harness';
import { imageStorage, type Storage } from './storage.ts';

/** Where a result was measured. */
export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
  readonly skopeo: string;
  readonly dockerRegistry: string;
  /** Where the registries kept their images. */
  readonly storage: Storage;
}

export async function describeMachine(): Promise<Machine> {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    node: process.versions.node,
    skopeo: await versionOf('skopeo'),
    dockerRegistry: await versionOf('docker-registry'),
    storage: await imageStorage(),
  };
}

async function versionOf(program: string): Promise<string> {
  const { stdout } = await runCommand([program, '--version']);
  return /\d+\.\d+\S*/.exec(stdout)?.[0] ?? stdout.trim();
}
