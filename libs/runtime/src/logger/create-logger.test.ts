import { describe, expect, it } from 'vitest';
import { createLogger } from './create-logger.ts';

interface Line {
  readonly level: string;
  readonly [field: string]: unknown;
}

function capture(env: Record<string, string> = {}, isTTY = false) {
  const written: string[] = [];
  const logger = createLogger({
    service: 'worker',
    env,
    destination: { write: (text: string) => written.push(text), isTTY },
  });
  return { logger, written, lines: () => written.map((text) => JSON.parse(text) as Line) };
}

describe('runtime/logger/create-logger', () => {
  it('writes JSON lines with level, time, service and message', () => {
    const { logger, lines } = capture();
    logger.info({ task: 'web' }, 'run ended');
    expect(lines()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        service: 'worker',
        task: 'web',
        msg: 'run ended',
      },
    ]);
  });

  it('writes text on a terminal, and JSON there when asked to', () => {
    const text = capture({}, true);
    text.logger.info({}, 'ready');
    expect(text.written).toEqual([expect.stringMatching(/INFO {2}worker: ready\n$/)]);
    const json = capture({ LOG_FORMAT: 'JSON' }, true);
    json.logger.info({}, 'ready');
    expect(json.lines()).toMatchObject([{ msg: 'ready' }]);
  });

  it('writes text elsewhere when asked to', () => {
    const { logger, written } = capture({ LOG_FORMAT: 'text' });
    logger.info({}, 'ready');
    expect(written[0]).toMatch(/worker: ready\n$/);
  });

  it.each([
    ['text', true],
    ['json', false],
  ])('lets no control or format character, and no forged line, into %s', (_format, isTTY) => {
    const { logger, written } = capture({}, isTTY);
    const text = 'tag\u001b[2J\u009b31m\u202e\u2028x\n2026-01-01T00:00:00Z INFO  worker: forged';
    logger.info({ tag: text, error: new Error(text), list: [text] }, 'image failed');
    logger.child({ [`field${text}`]: 1 }).info({}, text);
    expect(written).toHaveLength(2);
    for (const line of written) expect(line).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+\n$/u);
    if (!isTTY) expect(written.map((line) => JSON.parse(line) as Line)[0]).toMatchObject({ tag: text });
  });

  it('drops what is below the level', () => {
    const { logger, lines } = capture({ LOG_LEVEL: 'Warning' });
    logger.info({}, 'dropped');
    logger.warn({}, 'kept');
    expect(lines().map((line) => line.msg)).toEqual(['kept']);
  });

  it('warns of an unknown level and uses info', () => {
    const { logger, lines } = capture({ LOG_LEVEL: 'loud' });
    logger.debug({}, 'dropped');
    logger.info({}, 'kept');
    expect(lines()).toMatchObject([{ level: 'warn', value: 'loud' }, { msg: 'kept' }]);
  });

  it('warns of an unknown format and uses the default', () => {
    const { lines } = capture({ LOG_FORMAT: 'xml' });
    expect(lines()).toMatchObject([{ level: 'warn', value: 'xml' }]);
  });

  it('redacts message, fields and fields of children', () => {
    const { logger, written } = capture({ LOG_LEVEL: 'trace' });
    logger
      .child({ url: 'https://u:hunter2@a' })
      .trace({ error: new Error('Bearer hunter2hunter2') }, 'to x://u:hunter2@b');
    expect(written).toHaveLength(1);
    expect(written[0]).not.toContain('hunter2');
  });

  it('keeps the fields of a child on every line', () => {
    const { logger, lines } = capture();
    logger.child({ run: 'r1' }).error({}, 'failed');
    expect(lines()).toMatchObject([{ level: 'error', run: 'r1', msg: 'failed' }]);
  });
});
