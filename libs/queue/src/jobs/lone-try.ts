import { type Company, type CrashNote, type CrashRecord, recallCrashes } from '@regfleet/fleet';
import type { Job } from 'bullmq';
import { z } from 'zod';

/** More is never counted: whoever can write to Redis chose the number. */
const MOST_CRASHES = 10_000;

const crashes = z.number().int().min(0).max(MOST_CRASHES);

const noteSchema = z
  .object({
    crashes: z.tuple([crashes, crashes.nullable()]).transform(
      ([alone, beganAfter]): CrashNote => ({
        alone,
        ...(beganAfter !== null && { beganAfter }),
      }),
    ),
  })
  .transform((data) => data.crashes);

/** What a job says of its crashes; what nobody of ours wrote is no note. */
const noteOf = (job: Job): CrashNote | undefined => noteSchema.safeParse(job.data).data;

/** BullMQ counts the processes that held it and fell silent. */
const crashesOf = ({ stalledCounter }: Job): number => crashes.safeParse(stalledCounter).data ?? MOST_CRASHES;

/** In which company a job may run, by the crashes of processes that held it. */
export async function companyOf(job: Job): Promise<Company> {
  const { company, note } = recallOf(job);
  if (noteOf(job)?.beganAfter !== undefined) await writeNote(job, note);
  return company;
}

/** To be called when it begins alone: if this process dies from here on, the job is to blame. */
export const noteAlone = (job: Job): Promise<void> =>
  writeNote(job, { ...recallOf(job).note, beganAfter: crashesOf(job) });

const recallOf = (job: Job): CrashRecord => recallCrashes(crashesOf(job), noteOf(job));

const writeNote = (job: Job, { alone, beganAfter }: CrashNote): Promise<void> =>
  job.updateData({ ...Object(job.data), crashes: [alone, beganAfter ?? null] });
