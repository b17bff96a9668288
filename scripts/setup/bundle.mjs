import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { currentBundle } from '../../apps/cli/bin/current-bundle.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const NODE = `${ROOT}node_modules/.bin/node`;
const BUNDLER = `${ROOT}node_modules/rolldown/package.json`;

/** Makes the bundle of the command unless there is one of what is there now. Without one it runs from its sources: that is no failure. */
export function provideBundle({ run, say }) {
  // Both are there for development, and where they were left out nobody changes sources.
  if (currentBundle() !== undefined || !existsSync(NODE) || !existsSync(BUNDLER)) return;
  say('the bundle of the command is made');
  const failure = run(NODE, [`${ROOT}scripts/bundle.ts`]);
  if (failure !== undefined) say(`that failed, so it runs from its sources:\n${failure}`);
}
