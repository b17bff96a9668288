import { type Logger, silentLogger } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { type CloseStep, closeInOrder } from './close-in-order.ts';

const step = (name: string, close: CloseStep['close'], deadlineMs = 60_000): CloseStep => ({
  name,
  close,
  deadlineMs,
});

function warnings(): { logger: Logger; warned: object[] } {
  const warned: object[] = [];
  return { warned, logger: { ...silentLogger, warn: (fields) => void warned.push(fields) } };
}

describe('runtime/shutdown/close-in-order', () => {
  it('takes a step when the one before it is done', async () => {
    const order: string[] = [];
    const steps = [
      step('slow', async () => {
        await new Promise((resolve) => setImmediate(resolve));
        order.push('slow');
      }),
      step('next', () => void order.push('next')),
    ];
    await closeInOrder(steps, silentLogger);
    expect(order).toEqual(['slow', 'next']);
  });

  it('goes on after a step that fails, and says which one did', async () => {
    const { logger, warned } = warnings();
    const order: string[] = [];
    const failing = step('failing', () => Promise.reject(new Error('no')));
    await closeInOrder([failing, step('next', () => void order.push('next'))], logger);
    expect(order).toEqual(['next']);
    expect(warned).toMatchObject([{ step: 'failing' }]);
  });

  it('goes on after a step that takes longer than its deadline', async () => {
    const { logger, warned } = warnings();
    const order: string[] = [];
    const hanging = step('hanging', () => new Promise(() => undefined), 1);
    await closeInOrder([hanging, step('next', () => void order.push('next'))], logger);
    expect(order).toEqual(['next']);
    expect(warned).toMatchObject([{ step: 'hanging', error: { code: 'TIMED_OUT' } }]);
  });
});
