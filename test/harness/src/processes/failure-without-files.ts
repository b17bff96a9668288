import { runToSuccess } from './run-command.ts';

// Once before, for what is loaded or opened by the first of its kind only. Files that were read for the start may be
// closed late and leave room for it, so it is tried again; what nobody hears would end the process before it prints.
const PROBE = `
import { openSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
const [attempt, ...modules] = process.argv.slice(1);
const parts = Object.assign({}, ...(await Promise.all(modules.map((module) => import(module)))));
const run = eval(attempt);
await run(parts).catch(() => undefined);
for (let tries = 0, failure; failure === undefined && tries < 100; tries += 1) {
  try { for (;;) openSync('/dev/null'); } catch {}
  failure = await run(parts).then(() => undefined, (error) => error);
  await setImmediate();
  if (failure !== undefined) console.log(JSON.stringify(failure));
}
`;

/**
 * What an attempt fails with in a process that may open no more files, as its JSON.
 *
 * @param modules - whose exports it is called with.
 * @param attempt - the source of an async function of them.
 * @throws when it never fails, or ends its process.
 */
export async function failureWithoutFiles(modules: readonly URL[], attempt: string): Promise<unknown> {
  const node = [process.execPath, '--input-type=module', '-e', PROBE, attempt, ...modules.map(String)];
  const printed = await runToSuccess(['sh', '-c', 'ulimit -n 256 && exec "$@"', 'sh', ...node]);
  return JSON.parse(printed);
}
