import { isRelayName, RELAY_NAMES, type RelayName } from '@regfleet/model';
import type { Sourced } from '../yaml/sourced.ts';
import type { ParseContext } from './context.ts';

/** The relay that `entry` names. An unknown one is reported and read as `direct`, which rules nothing else out. */
export function readRelay(
  entry: Sourced<string> | undefined,
  fallback: RelayName,
  { report }: ParseContext,
): RelayName {
  if (entry === undefined || entry.value === '') return fallback;
  if (isRelayName(entry.value)) return entry.value;
  report.error(entry.at, {
    rule: 'relay-unknown',
    message: `"${entry.value}" is not a relay`,
    hint: `use one of ${RELAY_NAMES.join(', ')}`,
  });
  return 'direct';
}
