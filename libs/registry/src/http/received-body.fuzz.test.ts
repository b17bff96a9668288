import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import { ReceivedBody } from './received-body.ts';

/** A connection that is told when to go on. */
class Line {
  isPaused = false;
  aborted: unknown;
  pause(): void {
    this.isPaused = true;
  }
  resume(): void {
    this.isPaused = false;
  }
  abort(reason: unknown): void {
    this.aborted = reason;
  }
}

const CUT = new Error('cut');

/** A body on a line, with one reader; each step is one thing that may happen next. */
class Trial {
  readonly line = new Line();
  readonly body = new ReceivedBody(this.line as never, Number.NaN);
  readonly sent: Buffer[] = [];
  readonly got: Buffer[] = [];
  failure: unknown;
  #reading: Promise<void> | undefined;

  readonly steps: Readonly<Record<string, (bytes: number) => Promise<void> | void>> = {
    piece: (bytes) => {
      if (this.line.isPaused) return;
      const piece = Buffer.alloc(bytes, this.sent.length % 256);
      this.sent.push(piece);
      this.body.receive(piece);
    },
    read: () => {
      this.#reading ??= this.read().finally(() => {
        this.#reading = undefined;
      });
    },
    turn: () => new Promise((resolve) => setImmediate(resolve)),
  };

  /** @returns when the reader has what it waited for. */
  async end(how: string): Promise<void> {
    if (how === 'finish') this.body.finish();
    else if (how === 'fail') this.body.fail(CUT);
    else this.body.destroy(CUT);
    await this.#reading;
  }

  async read(): Promise<void> {
    try {
      const piece = await this.body.read();
      if (piece !== undefined) this.got.push(piece);
    } catch (error) {
      this.failure = error;
    }
  }

  /** Whether all that came was got, in its order. */
  get isWhole(): boolean {
    return Buffer.concat(this.got).equals(Buffer.concat(this.sent));
  }
}

const STEPS = fc.array(fc.tuple(fc.constantFrom('piece', 'piece', 'read', 'read', 'turn'), fc.nat(50_000)), {
  maxLength: 60,
});

async function after(steps: readonly (readonly [string, number])[], end: string): Promise<Trial> {
  const trial = new Trial();
  for (const [kind, bytes] of steps) await trial.steps[kind]?.(bytes);
  await trial.end(end);
  return trial;
}

describe('registry/http/received-body', () => {
  it.each([
    ['finish', undefined],
    ['fail', CUT],
  ])('gives all that came, in its order, however it comes and is read: %s', async (end, failure) => {
    const property = fc.asyncProperty(STEPS, async (steps) => {
      const trial = await after(steps, end);
      for (let reads = 0; reads <= trial.sent.length; reads += 1) await trial.read();
      expect(trial.isWhole).toBe(true);
      expect(trial.failure).toBe(failure);
    });
    await fc.assert(property, inject('fuzz'));
  });

  it('gives nothing more to whoever has ended it, and ends the connection', async () => {
    const property = fc.asyncProperty(STEPS, async (steps) => {
      const { line, body, got, sent } = await after(steps, 'destroy');
      const read = Buffer.concat(got);
      expect(read.equals(Buffer.concat(sent).subarray(0, read.byteLength))).toBe(true);
      expect(line.aborted).toBe(CUT);
      await expect(body.read()).rejects.toBe(CUT);
    });
    await fc.assert(property, inject('fuzz'));
  });

  it('lets no more come than two pieces ahead of who reads', async () => {
    const { line, body } = new Trial();
    for (let ahead = 0; !line.isPaused; ahead += 1) {
      expect(ahead).toBeLessThan(2);
      body.receive(Buffer.alloc(40_000));
    }
    await body.read();
    expect(line.isPaused).toBe(false);
  });

  it.each([
    ['announces more', { announced: 1_000, bytes: 0, limitBytes: 100, isCut: true }],
    ['has sent more', { announced: Number.NaN, bytes: 1_000, limitBytes: 100, isCut: true }],
    ['is short', { announced: 1_000, bytes: 1_000, limitBytes: 5_000, isCut: false }],
  ])('is thrown away, its connection kept where it can be, where it %s', async (_, body) => {
    const line = new Line();
    const received = new ReceivedBody(line as never, body.announced);
    const dumped = received.dump(body.limitBytes);
    if (body.bytes > 0) received.receive(Buffer.alloc(body.bytes));
    if (!body.isCut) received.finish();
    await dumped;
    expect(line.aborted !== undefined).toBe(body.isCut);
  });
});
