import { describe, expect, it } from 'vitest';
import { runProgram } from './program.ts';
import type { Terminal } from './terminal.ts';

/** A terminal that keeps what is written to it. */
function recorder(): { terminal: Terminal; out: string[] } {
  const out: string[] = [];
  const nowhere = (): void => undefined;
  const terminal: Terminal = {
    out: (text) => void out.push(text),
    err: nowhere,
    write: nowhere,
    errorStream: { write: nowhere },
    isInteractive: false,
    columns: 80,
    env: { REGFLEET_CONFIG: '/dev/null', REGFLEET_REDIS_URL: 'redis://127.0.0.1:1' },
  };
  return { terminal, out };
}

describe('cli/program', () => {
  it('tells a wrong command line as JSON where JSON was asked for', async () => {
    const { terminal, out } = recorder();
    expect(await runProgram(['--json', 'copy', 'only-one'], terminal, '0.0.0')).toBe(2);
    expect(JSON.parse(out.join('\n'))).toMatchObject({
      error: { kind: 'config', code: 'USAGE_INVALID', message: "missing required argument 'target'" },
    });
  });

  it('refuses to copy an image under the digest of another', async () => {
    const { terminal, out } = recorder();
    const [one, other] = ['1', '2'].map((digit) => `sha256:${digit.repeat(64)}`);
    const argv = ['--json', 'copy', `registry.test/a@${one}`, `registry.test/b@${other}`];
    expect(await runProgram(argv, terminal, '0.0.0')).toBe(2);
    expect(JSON.parse(out.join('\n'))).toMatchObject({ error: { code: 'REFERENCE_INVALID' } });
  });

  it('refuses to copy an image onto itself, by whatever name of Docker Hub', async () => {
    const { terminal, out } = recorder();
    const argv = ['--json', 'copy', 'docker.io/busybox', 'index.docker.io/library/busybox:latest'];
    expect(await runProgram(argv, terminal, '0.0.0')).toBe(2);
    expect(JSON.parse(out.join('\n'))).toMatchObject({ error: { code: 'REFERENCE_INVALID' } });
  });
});
