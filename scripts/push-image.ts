// Pushes an image that `npm run image` has written, with Regfleet's own relay.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SyncError } from '@regfleet/model';
import { ROOT } from './check/run.ts';
import { pushImage } from './image/push-image.ts';

const USAGE = `usage: npm run image:push -- REGISTRY/REPOSITORY:TAG [--image 0.1.0-slim] [--layout FOLDER] [-c CONFIG]

  --image   which image of the layout; the first, which is the full one, unless said
  --layout  dist/image unless said
  -c        a config of Regfleet whose section \`registries\` has the login; that of \`docker login\` or of a cloud unless said`;

const stopped = new AbortController();
process.once('SIGINT', () => stopped.abort(new Error('stopped')));
process.once('SIGTERM', () => stopped.abort(new Error('stopped')));

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      image: { type: 'string' },
      layout: { type: 'string', default: join(ROOT, 'dist/image') },
      config: { type: 'string', short: 'c' },
    },
  });
  const [target, ...others] = positionals;
  if (target === undefined || others.length > 0) throw new TypeError('one reference is needed');
  const { image, layout, config } = values;
  const digest = await pushImage(
    { layout, image, target, config },
    { signal: stopped.signal, env: process.env },
  );
  console.log(`${target}: ${digest}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof SyncError && error.hint !== undefined) console.error(error.hint);
  if (error instanceof TypeError) console.error(USAGE);
  process.exitCode = 1;
}
