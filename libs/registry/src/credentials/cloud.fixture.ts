import { describe, it } from 'vitest';

/** Variables of the environment that a test of a real cloud needs, by what they are for. */
type Needs = Readonly<Record<string, string>>;

/**
 * Tests against a real cloud, which run where every variable is set and are skipped aloud elsewhere.
 *
 * They read only, and log in as whoever the cloud's own library finds in the environment.
 *
 * @param needs - name of the variable by the name that `body` knows its value by.
 */
export function describeCloud<const N extends Needs>(
  title: string,
  needs: N,
  body: (values: { readonly [Key in keyof N]: string }) => void,
): void {
  const missing = Object.values(needs).filter((name) => !process.env[name]);
  if (missing.length > 0) {
    const reason = `skipped: ${missing.join(', ')} not set`;
    process.stderr.write(`${title} (${reason})\n`);
    describe(title, () => {
      it.skip(reason, () => undefined);
    });
    return;
  }
  const values = Object.entries(needs).map(([key, name]) => [key, process.env[name]]);
  describe(title, () => body(Object.fromEntries(values)));
}
