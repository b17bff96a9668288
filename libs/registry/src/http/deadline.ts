/** A time-out that is set anew for each of many waits, with one timer for as long as they are equally long. */
export class Deadline {
  #timer: NodeJS.Timeout | undefined;
  #limitMs = 0;
  #onMissed: (() => void) | undefined;

  set(limitMs: number, onMissed: () => void): void {
    this.#onMissed = onMissed;
    if (this.#timer !== undefined && this.#limitMs === limitMs) {
      this.#timer.refresh();
      return;
    }
    clearTimeout(this.#timer);
    this.#limitMs = limitMs;
    // What is waited for keeps the process alive.
    this.#timer = setTimeout(() => this.#onMissed?.(), limitMs).unref();
  }

  /** As if it had been set just now. */
  putOff(): void {
    this.#timer?.refresh();
  }

  clear(): void {
    this.#onMissed = undefined;
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
