import type { SetupIo } from './programs.d.mts';

/** The `packages` of a package-lock.json, by path. */
type LockedPackages = Readonly<Record<string, { readonly version?: string; readonly optional?: boolean }>>;

export function installNpmPackages(io: Pick<SetupIo, 'run' | 'say'>): boolean;
export function isInstalled(lock: LockedPackages, installed: LockedPackages): boolean;
