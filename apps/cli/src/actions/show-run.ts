import type { RunImage } from '@regfleet/fleet';
import { SyncError, silentLogger } from '@regfleet/model';
import { configFile, readConfig } from '../config-file.ts';
import type { CommandContext } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { requireAnyRedis, withFleet } from '../fleet-access.ts';
import { imageDocument } from '../output/images.ts';
import { formatRunImages } from '../output/run-images.ts';

/** Shows one run with its images. */
export async function showRun(
  context: CommandContext,
  runId: string,
  { failed }: { failed: boolean },
): Promise<void> {
  const { terminal, options, finish } = context;
  const config = await readConfig(configFile(options().config, terminal.env), terminal);
  const { run, images } = await withFleet(
    await requireAnyRedis(context, config),
    silentLogger,
    async (fleet) => {
      const run = await fleet.runs.get(runId);
      if (run === undefined) throw unknownRun(runId);
      const images: RunImage[] = [];
      for await (const image of fleet.runs.images(runId, { failedOnly: failed })) images.push(image);
      return { run, images };
    },
  );
  if (options().json) terminal.out(JSON.stringify({ run, images: images.map(imageDocument) }, undefined, 2));
  else
    terminal.out(
      formatRunImages(run, images, { failedOnly: failed, nowMs: Date.now(), columns: terminal.tableColumns }),
    );
  finish(EXIT.ok);
}

const unknownRun = (runId: string): SyncError =>
  new SyncError('RUN_UNKNOWN', {
    message: `Redis has no record of a run "${runId}"`,
    hint: '`regfleet runs` lists those that it has; records are kept for 30 days',
  });
