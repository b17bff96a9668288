import { printable } from '@regfleet/model';
import type { ImageAnswer, TaskAnswer, WhyAnswer } from '../why/answer.ts';
import { formatError, shownError } from './errors.ts';
import { formatDuration, formatRelative } from './quantities.ts';
import { holdNote, outageNote } from './status-notes.ts';

/** A paragraph for each task and mapping, a fact a line. */
export function formatAnswer({ reference, anchor, tasks }: WhyAnswer, nowMs: number, file: string): string {
  if (anchor !== undefined) return printable(`${reference}: ${anchorNote(anchor)}`);
  if (tasks.length === 0)
    return printable(
      `${reference}: no mapping of ${file} has its repository, at the source or at the target`,
    );
  return [printable(reference), ...tasks.flatMap((task) => taskLines(task, nowMs))].join('\n');
}

function anchorNote({ kind, of, atMs, digits }: NonNullable<WhyAnswer['anchor']>): string {
  const time = new Date(atMs).toISOString();
  const what = `no tag to Regfleet, but an anchor: it holds sha256:${digits}..., which the source had for ${of} from ${time} on`;
  if (kind === 'hold') return `${what}, for the tag that trails`;
  return `no tag to Regfleet, but an anchor: it keeps what ${of} named until ${time}, sha256:${digits}..., for as long as keep-digests says`;
}

function taskLines({ task, images, repositories, errors }: TaskAnswer, nowMs: number): string[] {
  const none =
    images.length > 0 || repositories.length === 0
      ? []
      : [
          `${task}, ${repositories.join(', ')}: has the repository, but no such tag: the source does not list it, or no entry of the filter names it`,
        ];
  return [
    ...none.map((line) => `  ${printable(line)}`),
    ...images.flatMap((image) => imageLines(task, image, nowMs)),
    ...errors.map((error) => indented(`${task}: ${formatError(error)}`)),
  ];
}

const indented = (text: string): string => text.replace(/^/gm, '  ');

function imageLines(task: string, image: ImageAnswer, nowMs: number): string[] {
  const verdict = image.state === 'left-out' ? 'left out' : 'chosen';
  const facts: (readonly [string, string | undefined])[] = [
    ['source', image.source],
    ['target', image.target],
    ['state', image.state === 'left-out' ? undefined : stateOf(image)],
    ['warning', image.warning],
    ['last copy', lastCopy(image, nowMs)],
    ...(image.jobs ?? []).map((job) => ['copy', jobLine(job, nowMs)] as const),
    ...(image.holds ?? []).map((hold) => ['waits', holdNote(hold, nowMs)] as const),
    ...(image.outages ?? []).map((outage) => ['waits', outageNote(outage, nowMs)] as const),
  ];
  return [
    printable(`  ${task}, ${image.mapping}: ${verdict}, ${image.reason}`),
    ...facts.flatMap(([name, fact]) => (fact === undefined ? [] : [printable(`    ${name}: ${fact}`)])),
  ];
}

const stateOf = ({ state, error, sourceDigest }: ImageAnswer): string => {
  const at = sourceDigest === undefined ? '' : `, the source has ${sourceDigest}`;
  return error === undefined ? `${state}${at}` : `${state}, ${error.code}: ${error.message}`;
};

function lastCopy({ lastCopy: last, jobs }: ImageAnswer, nowMs: number): string | undefined {
  // Only where there is a fleet is it known that there was none.
  if (last === undefined) return jobs === undefined ? undefined : 'none that the fleet remembers';
  return `${formatRelative(last.syncedAtMs, nowMs)} by ${last.relay}, ${last.targetDigest}`;
}

type Job = NonNullable<ImageAnswer['jobs']>[number];

function jobLine(job: Job, nowMs: number): string {
  const error = job.error === undefined ? '' : `; last error ${shownError(job.error)}`;
  return `${progressOf(job, nowMs)}, job ${job.jobId}${error}`;
}

function progressOf(
  { state, takenAtMs, dueAtMs, failedAtMs, queuedAtMs, attempts }: Job,
  nowMs: number,
): string {
  switch (state) {
    case 'active':
      return `under way for ${formatDuration(nowMs - (takenAtMs ?? nowMs))}`;
    case 'waiting':
      return `waits for a worker for ${formatDuration(nowMs - queuedAtMs)}`;
    case 'delayed':
      return `tried again ${formatRelative(dueAtMs ?? nowMs, nowMs)}, after ${attempts} so far`;
    case 'failed':
      return `failed ${formatRelative(failedAtMs ?? nowMs, nowMs)}, after ${attempts}`;
  }
}
