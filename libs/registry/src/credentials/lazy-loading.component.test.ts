import { fileURLToPath } from 'node:url';
import { runCommand } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';

// Prints every package that importing the module resolves.
const PROBE = `
import { registerHooks } from 'node:module';
const seen = new Set();
registerHooks({ resolve(specifier, context, next) { seen.add(specifier); return next(specifier, context); } });
await import(process.argv[1]);
console.log([...seen].filter((name) => !/^[./]|^node:|^file:/.test(name)).join(' '));
`;

describe('registry/credentials', () => {
  it.each(['./index.ts', '../listers/index.ts'])('loads no cloud SDK with %s', async (module) => {
    const path = fileURLToPath(new URL(module, import.meta.url));
    const argv = [process.execPath, '--input-type=module', '-e', PROBE, path];
    const { stdout, stderr } = await runCommand(argv);
    expect(stdout, stderr).toContain('@regfleet/model');
    expect(stdout).not.toMatch(/aws|google|azure|smithy/);
  });
});
