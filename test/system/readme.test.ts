import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import {
  listTags,
  makeImage,
  pushIndex,
  runToSuccess,
  startConnectProxy,
  startProcess,
  startRedis,
  startRegistry,
  temporaryFolder,
} from '@regfleet/harness';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeArchive } from '../../scripts/release/archive.ts';
import { layOutPackage } from '../../scripts/release/package-folder.ts';
import { type Step, stepsOf } from './page.ts';

const ROOT = join(import.meta.dirname, '../..');
const FOLLOW_MS = 300_000;

// What a reader is to have before, and what runs everything there is.
const LEFT_OUT = new Set(['npm run demo', 'npm test']);
/** Commands that run until they are told to stop, each with the line that tells that it works. */
const SERVICES: Readonly<Record<string, RegExp>> = {
  'regfleet sync': /busybox/,
  'regfleet up': /leading the schedules/,
  'regfleet scheduler': /health and metrics are served/,
  'regfleet worker': /health and metrics are served/,
};
/** What the commands below it steer. */
const STAYS = new Set(['scheduler', 'worker']);
const stepsIn = async (page: string): Promise<Step[]> => stepsOf(await readFile(join(ROOT, page), 'utf8'));
const PAGES = await readdir(join(ROOT, 'docs'));
// Their configs show registries that only their owners reach; whether they are valid is tested beside the parser.
const SHOWN = (
  await Promise.all(PAGES.filter((page) => page.endsWith('.md')).map((page) => stepsIn(`docs/${page}`)))
)
  .flat()
  .filter((step) => step.kind === 'command' && step.words[0] === 'regfleet');
const STEPS = [...(await stepsIn('README.md')), ...SHOWN];

/** A reader's machine: the package in an empty folder, public names behind a proxy, and a registry and a Redis whose ports are the test's own. */
async function openDesk() {
  const stack = new AsyncDisposableStack();
  const use = async <T extends AsyncDisposable>(started: Promise<T>): Promise<T> => stack.use(await started);
  const folder = await use(temporaryFolder());
  const [hub, target, redis] = await Promise.all([
    use(startRegistry({ tls: true })),
    use(startRegistry()),
    use(startRedis()),
  ]);
  const proxy = await use(startConnectProxy({ 'registry-1.docker.io': hub.host }));
  const authority = join(folder.path, 'ca.crt');
  await writeFile(authority, hub.tls?.ca ?? '');
  for (const tag of ['1.35.0', '1.36.0', '1.36.1', '1.37.0']) {
    const image = makeImage({ layers: [tag], platform: { os: 'linux', architecture: 'amd64' } });
    await pushIndex(hub, 'library/busybox', tag, { images: [image] });
  }
  const own = (text: string): string =>
    text.replaceAll('localhost:5000', `localhost:${target.port}`).replaceAll('127.0.0.1:6379', redis.host);
  const paths = (process.env.PATH ?? '').split(delimiter).filter((path) => !path.includes('node_modules'));
  const env = { PATH: [dirname(process.execPath), ...paths].join(delimiter) };
  const ours = {
    ...env,
    HOME: folder.path,
    XDG_STATE_HOME: join(folder.path, 'state'),
    HTTPS_PROXY: proxy.url,
    NODE_EXTRA_CA_CERTS: authority,
  };
  const cwd = join(folder.path, 'regfleet');
  await mkdir(cwd);
  // Else npm takes a folder above that has packages.
  await writeFile(join(cwd, 'package.json'), '{}');
  await layOutPackage(join(folder.path, 'package'));
  const packed = join(cwd, 'regfleet-0.tgz');
  await writeArchive(join(folder.path, 'package'), packed, { root: 'package', epochSeconds: 0 });
  return { stack, target, own, env, ours, cwd, packed };
}

type Desk = Awaited<ReturnType<typeof openDesk>>;

/** Of README by `npx`, as it says; of the docs as of one who has the command. */
async function follow(desk: Desk, shown: readonly string[]): Promise<void> {
  const isByNpx = shown[0] === 'npx';
  const words = isByNpx ? shown.slice(1) : shown;
  expect(words[0]).toBe('regfleet');
  const service = SERVICES[words.join(' ')] ?? SERVICES[words.slice(0, 2).join(' ')];
  const isService = service !== undefined && !words.includes('--once');
  const { cwd, ours } = desk;
  const bin = join(cwd, 'node_modules/.bin');
  const env = { ...ours, PATH: `${bin}${delimiter}${ours.PATH}` };
  if (!isService) return void (await runToSuccess(shown.map(desk.own), { cwd, env: isByNpx ? ours : env }));
  // What npx starts, so that a signal reaches the command alone.
  const serving = words[1] === 'sync' ? [] : ['--host', '127.0.0.1', '--port', '0'];
  const running = await startProcess([join(bin, 'regfleet'), ...words.slice(1), ...serving], {
    cwd,
    env,
  });
  await running.waitForLine(service, 60_000);
  if (STAYS.has(words[1] ?? '')) return void desk.stack.use(running);
  running.kill('SIGINT');
  expect(await running.exited).toEqual({ code: 0, signal: null });
}

describe('system/readme: every command of README, then those of docs/, in an empty folder', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await openDesk();
  });
  afterAll(() => desk.stack.disposeAsync());

  const title = (step: Step): string => (step.kind === 'config' ? 'a config' : step.words.join(' '));

  it.each(STEPS.map((step) => [title(step), step] as const).filter(([name]) => !LEFT_OUT.has(name)))(
    '%s',
    async (name, step) => {
      if (step.kind === 'config') await appendFile(join(desk.cwd, 'config.yaml'), desk.own(step.yaml));
      else if (name === 'npm install ./regfleet-*.tgz')
        await runToSuccess(['npm', 'install', '--offline', desk.packed], { cwd: desk.cwd, env: desk.env });
      else await follow(desk, step.words);
    },
    FOLLOW_MS,
  );

  it('has mirrored what the config says, and the one image', async () => {
    expect(await listTags(desk.target, 'mirror/busybox')).toEqual(['1.36.1', '1.37.0']);
    expect(await listTags(desk.target, 'busybox')).toEqual(['try']);
  });
});
