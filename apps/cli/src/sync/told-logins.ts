import type { Task } from '@regfleet/config';
import { BoundedMap } from '@regfleet/model';
import type { Registries } from '@regfleet/registry';
import { type AnsweringProvider, providersOf } from '../logins/providers.ts';

// Far more sides than a config names; one that is forgotten is told again.
const MOST_TOLD = 1_000;

/** A registry, and who gives the login that it is shown. */
export type Login = AnsweringProvider & { readonly provider: string };

/** Tells once of each registry who gives its login, and again when it is somebody else. */
export class ToldLogins {
  readonly #onLogin: (login: Login) => void;
  /** By side and registry. */
  readonly #told = new BoundedMap<string, string>({ limit: MOST_TOLD, maxAgeMs: Number.POSITIVE_INFINITY });

  constructor(onLogin: (login: Login) => void) {
    this.#onLogin = onLogin;
  }

  /** Before a task runs, which then finds the logins asked for. One that fails is told by the task. */
  async tell(task: Task, registries: Registries, signal: AbortSignal): Promise<void> {
    // It rejects only when aborted, which the task meets as well.
    const logins = await providersOf(task, registries, signal).catch(() => []);
    for (const login of logins) {
      const { side, registry, provider } = login;
      const key = `${side} ${registry}`;
      if (provider === undefined || this.#told.get(key) === provider) continue;
      this.#told.set(key, provider);
      this.#onLogin({ ...login, provider });
    }
  }
}
