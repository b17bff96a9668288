import type { Role } from '../service-slot.ts';
import { chosen, type Injector } from './injector.ts';

/** SIGKILL, and a new process in its place later. */
const killing =
  (role: Role): Injector =>
  async ({ services }, fault) => {
    const victim = chosen(
      services.filter((service) => service.role === role),
      fault,
    );
    await victim.kill();
    return () => victim.start();
  };

const stopping =
  (role: Role): Injector =>
  ({ services }, fault) => {
    const victim = chosen(
      services.filter((service) => service.role === role),
      fault,
    );
    victim.freeze();
    return Promise.resolve(() => {
      victim.thaw();
      return Promise.resolve();
    });
  };

export const PROCESS_INJECTORS = {
  'kill -9 of a worker': killing('worker'),
  'kill -9 of a scheduler': killing('scheduler'),
  'a worker stopped beyond its lock': stopping('worker'),
  'a scheduler stopped': stopping('scheduler'),
} as const satisfies Record<string, Injector>;
