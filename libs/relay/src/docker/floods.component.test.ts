import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type HttpServer, startHttpServer, startRegistry, type TestRegistry } from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openRelay } from '../index.ts';
import { RelayUnderTest } from '../relay.fixture.ts';
import { connectDaemon } from './connect.ts';

const VERSION = JSON.stringify({ ApiVersion: '1.41' });
const PATIENT = { helloMs: 60_000, callMs: 60_000, silenceMs: 60_000 };

type Question = 'version' | 'list' | 'inspect' | 'create';

const QUESTIONS: readonly (readonly [Question, RegExp])[] = [
  ['version', /\/version$/],
  ['list', /\/images\/json/],
  ['create', /\/images\/create/],
  ['inspect', /\/json$/],
];

/** Writes as long as somebody reads. */
function flood(response: ServerResponse, next: () => string | Buffer): void {
  const write = (): void => {
    while (!response.destroyed) if (!response.write(next())) return void response.once('drain', write);
  };
  write();
}

const PIECE = Buffer.alloc(64 * 1024, 'a');

describe('relay/docker, a daemon that answers without an end', () => {
  let registry: TestRegistry;
  let daemon: HttpServer;
  /** What is answered otherwise than by a healthy daemon. */
  let answers: Partial<Record<Question, (response: ServerResponse) => unknown>>;

  beforeAll(async () => {
    registry = await startRegistry();
  });

  afterAll(() => registry?.stop());

  beforeEach(async () => {
    answers = {};
    daemon = await startHttpServer(({ url = '' }, response) => {
      const question = QUESTIONS.find(([, path]) => path.test(url))?.[0];
      const answer = question && answers[question];
      if (answer !== undefined) answer(response);
      else if (question === 'version') response.end(VERSION);
      else if (question === 'list') response.end('[]');
      else response.writeHead(404).end('{}');
    });
  });

  afterEach(() => daemon?.stop());

  const docker = (limits = PATIENT) => ({
    host: `tcp://${daemon.host}`,
    keepImages: false,
    env: {},
    limits,
    startup: { waitMs: 0, intervalMs: 1 },
  });

  async function failure(limits = PATIENT) {
    const { env, startup, ...options } = docker(limits);
    await using relay = new RelayUnderTest(
      await openRelay('docker', { docker: options }, { logger: silentLogger, env, startup }),
    );
    return relay.fail([registry, 'app:v1'], [registry, 'app:v2']);
  }

  const connecting = (limits = PATIENT) =>
    connectDaemon(docker(limits), { logger: silentLogger, signal: new AbortController().signal });

  it('is left at its greeting', async () => {
    answers.version = (response) => flood(response, () => PIECE);
    await expect(connecting()).rejects.toMatchObject({
      code: 'RELAY_UNAVAILABLE',
      message: expect.stringContaining('more than 8 MiB'),
    });
  });

  it.each([
    ['list', 'more than 32 MiB'],
    ['inspect', 'more than 8 MiB'],
  ] as const)('is left at its %s', async (question, message) => {
    answers[question] = (response) => flood(response, () => PIECE);
    const error = await failure();
    expect(error).toMatchObject({ code: 'RELAY_FAILED', message: expect.stringContaining(message) });
  });

  it.each(['list', 'create'] as const)('has the beginning of its refusal of %s told', async (question) => {
    answers[question] = (response) => flood(response.writeHead(500), () => PIECE);
    const error = await failure();
    expect(error).toMatchObject({ code: 'RELAY_FAILED', message: expect.stringMatching(/^docker: aaa/) });
    expect(error.message.length).toBeLessThan(10_000);
  });

  it('is cut off when its time is over', async () => {
    const cut = Promise.withResolvers<unknown>();
    answers.version = (response) => {
      const timer = setInterval(() => response.write(' '), 10);
      cut.resolve(once(response, 'close').finally(() => clearInterval(timer)));
    };
    const limits = { ...PATIENT, helloMs: 2_000 };
    await expect(connecting(limits)).rejects.toThrow('said nothing for 2 s');
    await cut.promise;
  });

  it.each([
    ['ever more layers', (layer: number) => ({ id: `${layer}`, status: 'Downloading' })],
    ['the same of one layer', () => ({ id: 'a', status: 'Downloading' })],
  ])('is silent where it tells of %s', async (_title, event) => {
    let layer = 0;
    const progressDetail = { current: 1, total: 2 };
    answers.create = (response) =>
      flood(response, () => {
        layer += 1;
        return `${JSON.stringify({ ...event(layer), progressDetail })}\n`;
      });
    expect(await failure({ ...PATIENT, silenceMs: 500 })).toMatchObject({ code: 'TIMED_OUT' });
  });
});
