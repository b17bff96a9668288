#!/usr/bin/env -S node --max-semi-space-size=2 --heap-growing-percent=20
// Waiting for networks makes short-lived objects old: with V8's own sizes a scheduler of 10,000 tags peaks at twice the memory.
// JavaScript, since a first file in TypeScript makes every start load the type stripper, which the code cache spares all
// others: 12 MiB and 0.1 s.

const NODE_MAJOR = 24;

// Half of them may look up names at once, and each waits ten seconds and more for a name server that is silent. Of Node's own four
// two names that do not resolve take all that there is, from registries and Redis alike. Read by libuv when the first one is needed.
process.env.UV_THREADPOOL_SIZE ??= '32';

if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR) {
  process.stderr.write(
    `regfleet needs Node ${NODE_MAJOR} or newer and was started with ${process.version}: "npx regfleet" takes the one that npm installed\n`,
  );
  process.exitCode = 1;
} else {
  // Beside the packages, not in the shared folder for temporary files, where others could put code for us to run.
  const codeCache = `${import.meta.dirname}/../../../node_modules/.cache/regfleet`;
  process.getBuiltinModule('node:module').enableCompileCache(codeCache);
  const { currentBundle } = await import('./current-bundle.mjs');
  await import(currentBundle() ?? '../src/main.ts');
}
