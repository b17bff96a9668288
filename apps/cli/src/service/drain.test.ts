import { type Logger, silentLogger } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { drainAll } from './drain.ts';
import type { ServicePart } from './part.ts';

const part = (underWay: readonly string[], drain = async (): Promise<void> => undefined): ServicePart => ({
  reload: () => undefined,
  drain,
  underWay: () => underWay,
});

function book(): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  return { logger: { ...silentLogger, info: (_: object, text: string) => void lines.push(text) }, lines };
}

describe('cli/service/drain', () => {
  it('says what it waits for, and for how long at most', async () => {
    const { logger, lines } = book();
    let drained = 0;
    const drain = async (): Promise<void> => {
      drained += 1;
    };
    await drainAll([part(['2 images'], drain), part(['1 expansion'], drain)], { logger, graceMs: 270_000 });
    expect(lines).toEqual([
      'waiting for 2 images and 1 expansion to end, for 270 s at most; then it is handed back. A second signal ends at once',
    ]);
    expect(drained).toBe(2);
  });

  it('says nothing where nothing has to end', async () => {
    const { logger, lines } = book();
    await drainAll([part([])], { logger, graceMs: 270_000 });
    expect(lines).toEqual([]);
  });
});
