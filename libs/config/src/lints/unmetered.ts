import { parseRegistryName, RELAYS, relaysThat } from '@regfleet/model';
import type { Report } from '../report.ts';
import type { ConfigSection } from '../schema/config.ts';
import type { ReadTask } from '../sections/task.ts';

const RATES = ['requests-per-second', 'bandwidth'] as const;

/** Warns of rates of registries that a task copies from or to by a relay whose requests are its own. */
export function lintUnmetered(file: ConfigSection, tasks: readonly ReadTask[], report: Report): void {
  for (const [name, section] of file.fields.registries?.value ?? []) {
    const { host } = parseRegistryName(name);
    const task = tasks.find(({ definition: { relay, source, targets = [] } }) => {
      const isOfTask = [source, ...targets].some((end) => end?.registry.host === host);
      return isOfTask && !RELAYS[relay].keepsToRates;
    });
    if (task === undefined) continue;
    for (const key of RATES) {
      const entry = section.fields[key];
      if (entry === undefined) continue;
      const { relay } = task.definition;
      report.warning(entry.at, {
        rule: 'rate-not-of-relay',
        message: `the ${relay} relay of the task "${task.definition.name}" makes its own requests: for its copies only concurrency, target-concurrency and pauses hold, not ${key}`,
        hint: `use relay: ${relaysThat('keepsToRates')} where copies are to keep to it`,
      });
    }
  }
}
