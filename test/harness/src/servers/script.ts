import { type Asked, describeExchange, type Exchange, matchesExchange } from './exchange.ts';

/** The expected exchanges, what came of them, and what came besides. */
export class Script {
  readonly #exchanges: { readonly exchange: Exchange; hits: number }[];
  readonly #unexpected: string[] = [];
  readonly #came: string[] = [];
  #state = 'start';

  constructor(exchanges: readonly Exchange[]) {
    this.#exchanges = exchanges.map((exchange) => ({ exchange, hits: 0 }));
  }

  get state(): string {
    return this.#state;
  }

  /** The first exchange that matches and may still happen; undefined: the request is unexpected. */
  take(asked: Asked): Exchange | undefined {
    const line = `${asked.method} ${asked.path}`;
    this.#came.push(line);
    const entry = this.#exchanges.find(({ exchange, hits }) => {
      const isOpen = hits < limitOf(exchange);
      const isInState = exchange.inState === undefined || exchange.inState === this.#state;
      return isOpen && isInState && matchesExchange(exchange, asked);
    });
    if (entry === undefined) {
      this.#unexpected.push(`${line} in state ${this.#state}, with ${JSON.stringify(asked.headers)}`);
      return undefined;
    }
    entry.hits += 1;
    this.#state = entry.exchange.nextState ?? this.#state;
    return entry.exchange;
  }

  /** @throws {Error} with all that was expected and all that came, when they differ. */
  verify(): void {
    const missing = this.#exchanges.filter(
      ({ exchange, hits }) => exchange.times !== 'any' && hits < (exchange.times ?? 1),
    );
    if (missing.length === 0 && this.#unexpected.length === 0) return;
    const expected = missing.map(
      ({ exchange, hits }) => `${describeExchange(exchange)} (${hits} of ${exchange.times ?? 1})`,
    );
    throw new Error(
      [
        'the requests were not those of the script',
        ...section('expected, but did not come', expected),
        ...section('came, but were not expected', this.#unexpected),
        ...section('all that came', this.#came),
      ].join('\n'),
    );
  }
}

const limitOf = ({ times }: Exchange): number => (times === 'any' ? Number.POSITIVE_INFINITY : (times ?? 1));

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`)];
