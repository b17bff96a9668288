import type { RunImage } from '@regfleet/fleet';
import { formatReference } from '@regfleet/model';
import type { Fleet } from '@regfleet/queue';
import type { CommandContext } from './context.ts';
import { exitCodeOfRuns } from './exit-code.ts';
import { imageDocument } from './output/images.ts';
import { formatRuns } from './output/runs.ts';
import { waitForRuns } from './wait-for-runs.ts';

// A run that somebody waits for by hand is read image by image; `runs show` has all of a longer one.
const MOST_IMAGES = 100;

/** Waits for one run, prints it with what the target answers for its images since, and sets the exit code by how it ended. */
export async function showEndedRun(
  { terminal, options, finish }: CommandContext,
  fleet: Fleet,
  runId: string,
): Promise<void> {
  const runs = await waitForRuns(fleet, [runId], terminal);
  const images: RunImage[] = [];
  for await (const image of fleet.runs.images(runId)) {
    images.push(image);
    if (images.length === MOST_IMAGES) break;
  }
  terminal.out(
    options().json
      ? JSON.stringify({ ...runs[0], images: images.map(imageDocument) }, undefined, 2)
      : [formatRuns(runs, terminal.tableColumns), ...images.flatMap(arrivalLine)].join('\n'),
  );
  finish(exitCodeOfRuns(runs));
}

/** The image by its digest, as what uses it next wants it. */
function arrivalLine({ request: { target }, outcome, digest }: RunImage): string[] {
  return digest === undefined ? [] : [`${outcome}: ${formatReference({ ...target, digest })}`];
}
