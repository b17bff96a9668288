import type { SyncConfig } from '../model.ts';
import type { ConfigSection } from '../schema/config.ts';
import { DEFAULT_REFERRERS_CHECK_MS } from '../schema/referrers.ts';
import { EffectiveValues } from './effective-values.ts';
import { durationText, type Leaves, MASK } from './leaf.ts';
import { putTask } from './task-values.ts';

/** Fills in what a config means beyond what it says. */
export function fillIn(leaves: Leaves, config: SyncConfig, file: ConfigSection): void {
  const values = new EffectiveValues(leaves, config.registries.keys());
  putRelays(values, config);
  putListsAndLimits(values, config);
  values.putRetries('retries', config.retries);
  const { referrers, 'referrers-check': check, signatures } = file.fields;
  if (referrers === undefined) values.put('referrers', false);
  values.putDuration('referrers-check', check?.value ?? DEFAULT_REFERRERS_CHECK_MS);
  values.put('signatures', signatures?.value ?? 'optional');
  for (const [host, location] of config.registries) {
    const path = `registries.${host}`;
    values.putAuth(path, location.auth);
    values.put(`${path}.skip-tls-verify`, location.tls.skipVerify);
    values.put(`${path}.certs-dir`, location.tls.certsDir, 'skopeo.certs-dir');
  }
  for (const [index, { format, on }] of config.receivers.entries()) {
    // A file of ours all the same, which any other mask would not be.
    values.put(`notify[${index}].url`, `https://${MASK}`);
    values.put(`notify[${index}].format`, format);
    values.put(`notify[${index}].on`, on);
  }
  for (const [index, task] of config.tasks.entries()) putTask(values, `tasks[${index}]`, task);
}

function putRelays(values: EffectiveValues, { relay, docker, skopeo, watch }: SyncConfig): void {
  values.put('relay', relay);
  values.put('docker.dockerhost', docker.host, 'dockerhost');
  values.put('docker.api-version', docker.apiVersion, 'api-version');
  values.put('docker.keep-images', docker.keepImages);
  values.putDuration('docker.silence', docker.silenceMs);
  values.put('skopeo.binary', skopeo.binary);
  values.put('skopeo.certs-dir', skopeo.certsDir);
  values.putDuration('skopeo.silence', skopeo.silenceMs);
  values.put('watch', watch);
}

function putListsAndLimits(
  values: EffectiveValues,
  { lister, limits, giveUpAfterMs, redis }: SyncConfig,
): void {
  // Negative ones are none at all, and 0 is the default.
  values.put('lister.maxItems', lister.maxItems ?? -1);
  values.put(
    'lister.cacheDuration',
    lister.cacheDurationMs === 0 ? '-1s' : durationText(lister.cacheDurationMs),
  );
  values.put('limits.min-rate', limits.minBytesPerSecond);
  values.putDuration('limits.min-rate-window', limits.minRateWindowMs);
  values.put('limits.max-tags', limits.maxTags);
  values.putDuration('limits.give-up-after', giveUpAfterMs);
  if (redis === undefined) return;
  const { access, prefix } = redis;
  values.put('redis.prefix', prefix);
  for (const [key, value] of [
    ['ca', access.ca],
    ['cert', access.cert],
    ['key', access.key],
    ['username', access.username],
    ['password-file', access.passwordFile],
    ['sentinel-username', access.sentinelUsername],
    ['sentinel-password-file', access.sentinelPasswordFile],
  ] as const)
    values.put(`redis.${key}`, value);
}
