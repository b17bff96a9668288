import type { ContenderName } from './contenders/contender.ts';
import type { WorkloadResult } from './result.ts';
import type { Target } from './targets.ts';

/** Ours with the HTTP client that is not the default one. */
const BY_SOCKETS: Readonly<Partial<Record<ContenderName, ContenderName>>> = {
  'regfleet sync, sockets': 'regfleet sync',
  'regfleet scheduler, sockets': 'regfleet scheduler',
  'regfleet fleet, sockets': 'regfleet fleet',
};

type Targets = (result: WorkloadResult) => readonly Target[];

/** The targets of the default client, and then of the other. */
export const forBothClients =
  (targets: Targets): Targets =>
  (result) => {
    const bySockets = seenBySockets(result);
    const ofSockets = bySockets.passes.length < result.passes.length ? targets(bySockets) : [];
    const named = ofSockets.map((target) => ({ ...target, wanted: `by sockets: ${target.wanted}` }));
    return [...targets(result), ...named];
  };

/** As if ours had no other client. */
function seenBySockets(result: WorkloadResult): WorkloadResult {
  const names = new Set(result.passes.map(({ contender }) => contender));
  const replaced = new Set(
    Object.entries(BY_SOCKETS).flatMap(([name, other]) => (names.has(name as ContenderName) ? [other] : [])),
  );
  const seen = <Of extends { readonly contender: ContenderName }>(all: readonly Of[]): Of[] =>
    all
      .filter(({ contender }) => !replaced.has(contender))
      .map((one) => ({ ...one, contender: BY_SOCKETS[one.contender] ?? one.contender }));
  return { ...result, passes: seen(result.passes), counts: seen(result.counts) };
}
