import type { FaultKind } from '../kinds.ts';
import type { Injector } from './injector.ts';
import { OPERATOR_INJECTORS } from './operator.ts';
import { PROCESS_INJECTORS } from './processes.ts';
import { REDIS_INJECTORS } from './redis.ts';
import { REGISTRY_INJECTORS } from './registries.ts';

export const INJECTORS: Readonly<Record<FaultKind, Injector>> = {
  ...PROCESS_INJECTORS,
  ...REDIS_INJECTORS,
  ...REGISTRY_INJECTORS,
  ...OPERATOR_INJECTORS,
};
