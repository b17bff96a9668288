import { getDefaultAutoSelectFamilyAttemptTimeout, setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';

// A lost first packet is sent again after a second. Five addresses have their turn within the time for a connection.
const ATTEMPT_MS = 2_000;

/**
 * Gives each address of a host as long as one on the other side of the world takes. Node's own 250 ms give up every farther
 * one but the last, which may be one that this machine has no route to.
 *
 * For all connections of this process, those of the clouds' own libraries and of Redis clients included.
 *
 * @see https://github.com/nodejs/node/issues/54359
 */
export function reachFarAddresses(): void {
  const attemptMs = Math.max(getDefaultAutoSelectFamilyAttemptTimeout(), ATTEMPT_MS);
  setDefaultAutoSelectFamilyAttemptTimeout(attemptMs);
}
