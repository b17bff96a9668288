/**
 * Every Redis key of ours. BullMQ's own keys share the prefix and begin with a queue's name (`runs:`, `copy.*:`),
 * which none of ours does. The braces keep all of them in one slot of a Redis Cluster.
 */
export interface Keys {
  /** What BullMQ is given as prefix. */
  readonly prefix: string;
  /** What every key of ours begins with. */
  readonly root: string;
  /** Pub/sub channel of signals. */
  readonly signals: string;
  /** Set of lane names. */
  readonly lanes: string;
  /** Hash: lane -> which turn is next and the last that was given out: see `scripts/turns.ts`. */
  readonly turns: string;
  /** Sorted set of names of lanes that are no more, by when something of them was found last. */
  readonly retiredLanes: string;
  /** Set of ids of unfinished runs. */
  readonly activeRuns: string;
  /** Sorted set of all run ids by start. */
  readonly allRuns: string;
  /** List of ids of runs that ended and were not reported yet. */
  readonly endedRuns: string;
  /** Sorted set of the ids of all tasks that there are keys of, by when they were last claimed, or in the leader's config. */
  readonly tasks: string;
  /** Hash: one-off task id -> fingerprint that was fired. */
  readonly startTasks: string;
  /** Hash: `target platform` -> sync record. */
  readonly records: string;
  /** Sorted set of processes' lanes that wait for permits, by when they came. Expires, as all that goes with it does. */
  readonly permitLine: string;
  /** Hash: cause and scope -> hold. */
  readonly holds: string;
  /** Sorted set of paused meters, by when their pause ends. Expires. */
  readonly pauses: string;
  /** Hash: meter -> the rate that was found out. Expires. */
  readonly foundRates: string;
  /** Hash: registry or account -> when it worked, and since when it does not. Expires. */
  readonly outages: string;
  /** Sorted set of notes of uploads under way, by when their leases end. Expires. */
  readonly uploads: string;
  /** The leader's id, expiring. */
  readonly leader: string;
  /** How all of them are laid out: see `layout.ts`. */
  readonly layout: string;
  /** Never written: whether Redis takes writes is asked with it. */
  readonly probe: string;
  /** Set of process ids. */
  readonly processes: string;
  /** Hash: run record. */
  run(runId: string): string;
  /**
   * Hash: job of a run -> while pending the number of its lane, with `/` and its deduplication id behind it when another job
   * was queued for its target already; `c` when counted, `s` when skipped.
   */
  runJobs(runId: string): string;
  /** List of serialised errors. */
  runErrors(runId: string): string;
  /** List of images of a run that did not fail, as `packImage` writes them behind their lane's number and a mark. */
  runImages(runId: string): string;
  /** The same for those that failed. */
  runFailures(runId: string): string;
  /** Hash: what is known of a task across runs. */
  task(task: string): string;
  /** Sorted set of the task's images that are behind, by the name of their job, since when; of those that may be, without end. */
  behind(task: string): string;
  /** Hash: an image that is behind, by the name of its job -> since when no comparison has come upon it, of which none was complete. */
  behindMissed(task: string): string;
  /** Hash: subject at the task's source -> what is the matter with it. */
  sourceNotes(task: string): string;
  /** Hash: repository of the task's source and where it goes -> its chosen tags, packed. */
  sourceTags(task: string): string;
  /** Sorted set of the task's run ids by start, skipped firings excluded. Empty task: one-off images. */
  runsOf(task: string): string;
  /** The same for skipped firings. */
  skipsOf(task: string): string;
  process(id: string): string;
  /** Set of `<lane> <job id>`: copies of a task that wait for the end of its hold. Expires. */
  parked(task: string): string;
  /** The same, for so long after the last sign of life that it is missed. */
  lastSeen(id: string): string;
  cache(key: string): string;
  /** The id of whoever holds a lease. Expires. */
  lease(name: string): string;
  /** How far the time of a meter is taken. Expires. */
  meter(meter: string): string;
  /** Sorted set of the processes that share a meter, by when they asked last. Expires. */
  sharers(meter: string): string;
  /** Hash: what of a period and bucket is known: short hash of a blob -> ids of repositories. Expires. */
  blobs(bucket: string): string;
  /** Hash of a period: id -> name of a repository. Expires. */
  blobRepositories(period: string): string;
}

export function makeKeys(name: string): Keys {
  const prefix = `{${name}}`;
  const root = `${prefix}:`;
  const under =
    (space: string) =>
    (id: string): string =>
      `${root}${space}:${id}`;
  return {
    prefix,
    root,
    signals: `${root}signals`,
    layout: `${root}layout`,
    lanes: `${root}lanes`,
    turns: `${root}turns`,
    retiredLanes: `${root}retired-lanes`,
    activeRuns: `${root}active-runs`,
    allRuns: `${root}all-runs`,
    endedRuns: `${root}ended-runs`,
    tasks: `${root}tasks`,
    startTasks: `${root}start-tasks`,
    records: `${root}records`,
    permitLine: `${root}permit-line`,
    holds: `${root}holds`,
    pauses: `${root}pauses`,
    foundRates: `${root}found-rates`,
    outages: `${root}outages`,
    uploads: `${root}uploads`,
    leader: `${root}leader`,
    probe: `${root}probe`,
    processes: `${root}processes`,
    run: under('run'),
    runJobs: under('run-jobs'),
    runErrors: under('run-errors'),
    runImages: under('run-images'),
    runFailures: under('run-failures'),
    task: under('task'),
    behind: under('behind'),
    behindMissed: under('behind-missed'),
    sourceNotes: under('source-notes'),
    sourceTags: under('source-tags'),
    runsOf: under('runs-of'),
    skipsOf: under('skips-of'),
    process: under('process'),
    parked: under('parked'),
    lastSeen: under('last-seen'),
    cache: under('cache'),
    lease: under('lease'),
    meter: under('meter'),
    sharers: under('sharers'),
    blobs: under('blobs'),
    blobRepositories: under('blob-repositories'),
  };
}

/**
 * The same names for Lua scripts about one run, which learn its task only while they run.
 *
 * `followersFor` is the set of jobs that are to be settled by the next job for a target to begin, `followersOf` of those that a
 * job settles, for it began after they were asked for; `jobIn` is BullMQ's key of a job, `keptFor` of the one that it keeps
 * for when the one under way ends, `holderKey` that of the id of the one that waits or is under way.
 *
 * Such a script has KEYS[1] = the run's hash (it routes the script), ARGV[1] = root, ARGV[2] = run id, ARGV[3] = now
 * in epoch milliseconds.
 */
export const LUA_KEYS = `
local root, runId, now = ARGV[1], ARGV[2], tonumber(ARGV[3])
local run = KEYS[1]
local jobs = root .. 'run-jobs:' .. runId
local errors = root .. 'run-errors:' .. runId
local signals = root .. 'signals'
local function taskKey(task) return root .. 'task:' .. task end
local function behindOf(task) return root .. 'behind:' .. task end
local function missedOf(task) return root .. 'behind-missed:' .. task end
local function runsOf(task) return root .. 'runs-of:' .. task end
local function skipsOf(task) return root .. 'skips-of:' .. task end
local function followersFor(lane, target) return root .. 'followers-for:' .. lane .. '/' .. target end
local function followersOf(job) return root .. 'followers-of:' .. job end
local function jobIn(lane, job) return root .. lane .. ':' .. job end
local function keptFor(lane, target) return root .. lane .. ':dn:' .. target end
local function holderKey(lane, target) return root .. lane .. ':de:' .. target end
local function activeIn(lane) return root .. lane .. ':active' end
`;
