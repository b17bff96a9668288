import type { SetupIo } from './programs.d.mts';

export function provideBundle(io: Pick<SetupIo, 'run' | 'say'>): void;
