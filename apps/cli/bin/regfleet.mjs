#!/usr/bin/env -S node --max-semi-space-size=4 --heap-growing-percent=20
// Waiting for networks makes short-lived objects old: with V8's own sizes a scheduler of 10,000 tags peaks at twice the memory.
// JavaScript, since a first file in TypeScript makes every start load the type stripper, which the code cache spares all
// others: 12 MiB and 0.1 s.

// Of the bundle. The sources are not made for older ones.
const OLDEST_NODE = [22, 19];
const OLDEST_NODE_OF_SOURCES = [24, 0];

// Half of them may look up names at once, and each waits ten seconds and more for a name server that is silent. Of Node's own four
// two names that do not resolve take all that there is, from registries and Redis alike. Read by libuv when the first one is needed.
process.env.UV_THREADPOOL_SIZE ??= '32';

if (isOlderThan(OLDEST_NODE)) {
  refuse(OLDEST_NODE);
} else {
  const { CODE_CACHE, currentBundle } = await import('./current-bundle.mjs');
  process.getBuiltinModule('node:module').enableCompileCache(CODE_CACHE);
  const bundle = currentBundle();
  if (bundle === undefined && isOlderThan(OLDEST_NODE_OF_SOURCES)) refuse(OLDEST_NODE_OF_SOURCES);
  else await import(bundle ?? '../src/main.ts');
}

function isOlderThan([major, minor]) {
  const [ownMajor, ownMinor] = process.versions.node.split('.').map(Number);
  return ownMajor < major || (ownMajor === major && ownMinor < minor);
}

function refuse([major, minor]) {
  process.stderr.write(
    `regfleet needs Node ${major}.${minor} or newer and was started with ${process.version}: "npx regfleet" takes the one of "npm install node@${OLDEST_NODE_OF_SOURCES[0]}"\n`,
  );
  process.exitCode = 1;
}
