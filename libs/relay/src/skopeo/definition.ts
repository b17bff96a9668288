import type { Logger } from '@regfleet/model';
import type { RelayDefinition } from '../contract.ts';
import { copyWithSkopeo, type SkopeoMeans, type SkopeoOptions } from './copy.ts';
import { removeAbandonedFolders, withPrivateFolder } from './private-folder.ts';
import { runSkopeo } from './run.ts';
import { skopeoUnavailable } from './unavailable.ts';

/** Copies by the skopeo program, one process per image, as dregsy does. */
export const skopeoRelay: RelayDefinition<SkopeoOptions> = {
  open: async (options, { logger, signal }) => {
    await checkVersion(options.binary, logger, signal);
    // Tells at once where each copy would fail.
    await withPrivateFolder(removeAbandonedFolders);
    const means: SkopeoMeans = { options, keeping: { isKnown: true } };
    return {
      name: 'skopeo',
      copy: (request, context) => copyWithSkopeo(means, request, context),
      close: () => Promise.resolve(),
    };
  },
};

async function checkVersion(binary: string, logger: Logger, signal: AbortSignal | undefined): Promise<void> {
  const lines: string[] = [];
  const onLine = (line: string): number => lines.push(line);
  const { exitCode } = await runSkopeo(binary, ['--version'], { signal, onLine });
  const version = lines.join(' ');
  if (exitCode !== 0) throw skopeoUnavailable(binary, version);
  logger.info({ binary, version }, 'skopeo found');
}
