import type { Regfleet, RunningService } from '@regfleet/harness';

export type Role = 'scheduler' | 'worker';

/** What one process has counted of what went wrong, by the labels of its metrics. */
export type Counted = ReadonlyMap<string, number>;

// Metrics of a process that lives are a matter of milliseconds; one that is stopped is not waited for.
const METRICS_WITHIN_MS = 2_000;

/** The place of one process of ours, which is filled again when it has died. */
export class ServiceSlot {
  readonly name: string;
  readonly role: Role;
  readonly #regfleet: Regfleet;
  readonly #flags: readonly string[];
  readonly #logs: string[] = [];
  readonly #counted = new Map<string, number>();
  #running: RunningService | undefined;

  constructor(name: string, role: Role, regfleet: Regfleet, flags: readonly string[]) {
    this.name = name;
    this.role = role;
    this.#regfleet = regfleet;
    this.#flags = flags;
  }

  /** What all of its processes have printed, the end of each. */
  get log(): string {
    const { process } = this.#running ?? {};
    return [...this.#logs, process ? process.stdout() + process.stderr() : ''].join('\n');
  }

  /** What its processes have counted until they were last asked. */
  get counted(): Counted {
    return this.#counted;
  }

  async start(): Promise<void> {
    this.#running = await this.#regfleet.start(this.role, this.#flags);
  }

  /** SIGKILL; returns when it is gone. */
  async kill(): Promise<void> {
    await this.#noteCounts();
    this.#running?.process.kill('SIGKILL');
    await this.#running?.process.exited;
    this.#leave();
  }

  freeze(): void {
    this.#running?.process.kill('SIGSTOP');
  }

  thaw(): void {
    this.#running?.process.kill('SIGCONT');
  }

  /** SIGTERM; as an operator ends it. @returns how it exited; absent where it did not run. */
  async stop(): Promise<string | undefined> {
    const running = this.#running;
    if (running === undefined) return undefined;
    await this.#noteCounts();
    await running.process.stop();
    const { code, signal } = await running.process.exited;
    this.#leave();
    return String(signal ?? code);
  }

  #leave(): void {
    const process = this.#running?.process;
    if (process !== undefined) this.#logs.push(process.stdout() + process.stderr());
    this.#running = undefined;
  }

  async #noteCounts(): Promise<void> {
    const text = await fetch(`${this.#running?.url}/metrics`, {
      signal: AbortSignal.timeout(METRICS_WITHIN_MS),
    })
      .then((answer) => answer.text())
      .catch(() => '');
    for (const [, series = '', value = ''] of text.matchAll(/^regfleet_(\w+\{[^\n]*\}) ([\d.e+]+)$/gm)) {
      if (/^(?:retries|copy_errors)_total/.test(series))
        this.#counted.set(series, (this.#counted.get(series) ?? 0) + Number(value));
    }
  }
}
