// Installs what `npm run demo`, `npm run image`, `npm test` and `npm run check` need and is not there; says nothing when all is.
// Runs before anything is installed: on the machine's own Node (20 or newer), without a package.
import { delimiter } from 'node:path';
import { provideBundle } from './setup/bundle.mjs';
import { installNpmPackages } from './setup/npm-packages.mjs';
import { installPrograms } from './setup/programs.mjs';
import { run, say } from './setup/run.mjs';

const PROGRAMS = {
  check: [],
  image: [],
  demo: ['redis-server', 'skopeo', 'docker-registry'],
  test: ['redis-server', 'skopeo', 'docker-registry', 'dockerd', 'prometheus', 'promtool', 'openssl'],
};

// Tests that need one of these are skipped, aloud, where it stays missing.
const WELCOME = { check: [], image: [], demo: [], test: ['faketime'] };

const io = {
  run,
  say,
  isRoot: process.getuid() === 0,
  // Debian keeps daemons in sbin, which an ordinary user's PATH lacks.
  path: [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'],
};
const purpose = process.argv[2] ?? '';

if (!Object.hasOwn(PROGRAMS, purpose)) {
  console.error(`usage: node scripts/setup.mjs ${Object.keys(PROGRAMS).join('|')}`);
  process.exitCode = 2;
} else {
  const isReady = installNpmPackages(io) && installPrograms(PROGRAMS[purpose], io);
  if (isReady) installPrograms(WELCOME[purpose], io);
  if (isReady && purpose !== 'check') provideBundle(io);
  process.exitCode = isReady ? 0 : 1;
}
