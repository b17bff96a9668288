import type { RegistryRates } from '@regfleet/model';
import type { RegistrySection } from '../schema/config.ts';
import { parseSize } from '../yaml/size.ts';
import { placeOf } from '../yaml/sourced.ts';
import type { ParseContext } from './context.ts';

// A piece of a blob, as it is read, has 64 kB: it passes within a second.
const LEAST_BANDWIDTH = 64_000;

// More than one registry is asked for by any fleet; what is above it is no limit.
const MOST_REQUESTS = 100_000;

export function readRates(section: RegistrySection, context: ParseContext): RegistryRates | undefined {
  const requestsPerSecond = readRequests(section, context);
  const bytesPerSecond = readBandwidth(section, context);
  const pullReserve = readReserve(section, context);
  if ((requestsPerSecond ?? bytesPerSecond ?? pullReserve) === undefined) return undefined;
  return {
    ...(pullReserve !== undefined && { pullReserve }),
    ...(requestsPerSecond !== undefined && { requestsPerSecond }),
    ...(bytesPerSecond !== undefined && { bytesPerSecond }),
  };
}

function readRequests(section: RegistrySection, { report }: ParseContext): number | undefined {
  const rate = section.fields['requests-per-second']?.value;
  if (rate === undefined || (rate >= 1 && rate <= MOST_REQUESTS)) return rate;
  report.error(placeOf(section, 'requests-per-second'), {
    rule: 'requests-per-second-invalid',
    message: `requests-per-second must be a whole number from 1 to ${MOST_REQUESTS}, not ${rate}`,
    hint: 'leave the key out for no limit',
  });
  return undefined;
}

function readReserve(section: RegistrySection, { report }: ParseContext): number | undefined {
  const reserve = section.fields['pull-reserve']?.value;
  if (reserve === undefined || reserve >= 1) return reserve;
  report.error(placeOf(section, 'pull-reserve'), {
    rule: 'pull-reserve-invalid',
    message: `pull-reserve must be 1 or more, not ${reserve}`,
    hint: 'leave the key out to leave nothing to others',
  });
  return undefined;
}

function readBandwidth(section: RegistrySection, { report }: ParseContext): number | undefined {
  const text = section.fields.bandwidth?.value;
  if (text === undefined) return undefined;
  const bytes = parseSize(text.trim());
  if (bytes !== undefined && bytes >= LEAST_BANDWIDTH) return bytes;
  report.error(placeOf(section, 'bandwidth'), {
    rule: 'bandwidth-invalid',
    message:
      bytes === undefined
        ? 'bandwidth is not a number of bytes a second'
        : `bandwidth must be 64kB or more, not ${text.trim()}`,
    hint: 'write bytes with a unit, such as 50MB or 512KiB, or leave the key out for no limit',
  });
  return undefined;
}
