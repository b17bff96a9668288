import { Attempt, type Holds, HoldWatch, type JobContext, type WorkParts } from '@regfleet/fleet';
import type { Location } from '@regfleet/model';
import type { RegistryClient, RepositoryLister } from '@regfleet/registry';
import { clientWith } from './client-with.ts';
import type { PlanPorts } from './contract.ts';

export interface HoldWaits extends Pick<JobContext, 'idle' | 'signal'> {
  readonly holds: Pick<Holds, 'current' | 'isHeld' | 'listen' | 'lifted'>;
  readonly task: string;
  /** How long a list of repositories may go on that an operator holds back; default 30 s. */
  readonly holdGraceMs?: number;
}

/** Ports that ask a registry nothing while it, or the task, is held: what they are in the middle of waits in its place. */
export function heldPorts(ports: PlanPorts, waits: HoldWaits): PlanPorts {
  return {
    client: (location) => heldClient(ports.client(location), barrierAt(location, waits)),
    lister: (location) => heldLister(ports.lister(location), barrierAt(location, waits), waits),
    records: ports.records,
  };
}

/** What keeps the questions to one registry waiting. */
interface Barrier {
  readonly work: WorkParts;
  readonly isHeld: boolean;
  /** @throws the signal's reason. */
  lifted(): Promise<void>;
}

function barrierAt({ registry }: Location, { holds, task, signal, idle }: HoldWaits): Barrier {
  const work: WorkParts = { source: registry.host, task };
  return {
    work,
    get isHeld() {
      return holds.isHeld(work);
    },
    async lifted() {
      const wait = (): Promise<void> => holds.lifted(work, signal);
      while (holds.isHeld(work)) await (idle === undefined ? wait() : idle(wait));
    },
  };
}

function heldClient(client: RegistryClient, barrier: Barrier): RegistryClient {
  return clientWith(client, {
    headManifest: (...question) => onceLifted(barrier, () => client.headManifest(...question)),
    headTarget: (...question) => onceLifted(barrier, () => client.headTarget(...question)),
    getManifest: (...question) => onceLifted(barrier, () => client.getManifest(...question)),
    listReferrers: (...question) => onceLifted(barrier, () => client.listReferrers(...question)),
    // A hint that is had elsewhere, too.
    listDigests: (...question) => (barrier.isHeld ? undefined : client.listDigests(...question)),
    async *listTags(...question) {
      await barrier.lifted();
      for await (const tag of client.listTags(...question)) {
        // The next page is asked for when this one is used up.
        if (barrier.isHeld) await barrier.lifted();
        yield tag;
      }
    },
  });
}

/** Hardly ever is anything held: then each question costs nothing more. */
const onceLifted = <Answer>(barrier: Barrier, ask: () => Promise<Answer>): Promise<Answer> =>
  barrier.isHeld ? barrier.lifted().then(ask) : ask();

/** A list of repositories comes in one piece: one that takes longer than it may is begun anew. */
function heldLister(lister: RepositoryLister, barrier: Barrier, waits: HoldWaits): RepositoryLister {
  const { holds, holdGraceMs } = waits;
  return {
    ...lister,
    async list(options) {
      for (;;) {
        await barrier.lifted();
        const attempt = new Attempt(options?.signal ?? waits.signal);
        const watch = new HoldWatch(holds, holdGraceMs);
        watch.add(barrier.work, attempt);
        try {
          return await lister.list({ ...options, signal: attempt.signal });
        } catch (error) {
          if (attempt.reason !== 'held') throw error;
        } finally {
          watch.stop();
        }
      }
    },
  };
}
