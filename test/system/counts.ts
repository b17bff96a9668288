import { eventually, listTags, type RegistryEndpoint, type RunningService } from '@regfleet/harness';

/** Returns once so many images are there. The registry is asked, not the fleet: each question to that one is a process. */
export async function arrived(target: RegistryEndpoint, repository: string, count: number): Promise<void> {
  await eventually(async () => (await listTags(target, repository)).length >= count, {
    deadlineMs: 60_000,
    what: `${count} images to be copied`,
  });
}

/** The sum of what a pattern finds in the metrics of all. */
export async function total(services: readonly RunningService[], pattern: RegExp): Promise<number> {
  const texts = await Promise.all(services.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
  return texts
    .flatMap((text) => [...text.matchAll(pattern)])
    .reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Returns once a run of each task has ended, as the scheduler counts them. */
export async function runsEnded({ url }: RunningService, tasks: readonly string[]): Promise<void> {
  const haveEnded = async (): Promise<boolean> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return tasks.every((task) =>
      new RegExp(`^regfleet_runs_total\\{task="${task}",[^}]*\\} [1-9]`, 'm').test(text),
    );
  };
  await eventually(haveEnded, { deadlineMs: 120_000, what: `runs of ${tasks.join(', ')} to end` });
}
