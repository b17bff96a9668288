import { isPlatformList, type Location } from '@regfleet/model';
import type { Mapping, Task } from '../model.ts';
import type { EffectiveValues } from './effective-values.ts';

/** What of a task comes from elsewhere, or from nowhere. */
export function putTask(values: EffectiveValues, path: string, task: Task): void {
  putSchedule(values, path, task);
  values.put(`${path}.relay`, task.relay, 'relay');
  values.putRetries(`${path}.retries`, task.retries, 'retries');
  values.put(`${path}.verbose`, task.verbose);
  putLocation(values, `${path}.source`, task.source);
  const isList = [...values.leaves.keys()].some((key) => key.startsWith(`${path}.targets[`));
  for (const [index, target] of task.targets.entries())
    putLocation(values, isList ? `${path}.targets[${index}]` : `${path}.target`, target);
  // Its mappings say it, each for itself.
  for (const key of ['referrers', 'referrers-check', 'signatures']) values.drop(`${path}.${key}`);
  for (const [index, mapping] of task.mappings.entries())
    putMapping(values, { path: `${path}.mappings[${index}]`, task: path }, mapping);
}

function putSchedule(values: EffectiveValues, path: string, { schedule }: Task): void {
  const isCron = schedule?.kind === 'cron';
  const everyMs = schedule?.kind === 'interval' ? schedule.everyMs : 0;
  values.put(`${path}.interval`, isCron ? undefined : everyMs / 1000);
  values.put(`${path}.schedule`, isCron ? schedule.pattern : undefined);
  values.put(`${path}.timezone`, isCron ? schedule.timezone : undefined);
  values.put(`${path}.catch-up`, schedule && (schedule.catchUp ?? 'once'));
}

function putLocation(values: EffectiveValues, path: string, location: Location): void {
  const above = values.registryPath(location);
  const put = (key: string, value: string | boolean | Readonly<Record<string, string>> | undefined): void =>
    values.put(`${path}.${key}`, value, ...(above === undefined ? [] : [`${above}.${key}`]));
  values.putAuth(path, location.auth, above);
  values.putDuration(`${path}.auth-refresh`, location.authRefreshMs);
  put('skip-tls-verify', location.tls.skipVerify);
  values.put(`${path}.lister.type`, location.lister?.type, `${path}.listertype`);
  put('aws.profile', location.aws?.profile);
  put('aws.role-arn', location.aws?.roleArn);
  put('aws.external-id', location.aws?.externalId);
  const made = location.newRepositories;
  put('ecr.tags', made?.tags);
  put('ecr.scan-on-push', made?.scanOnPush);
  put('ecr.immutable-tags', made?.immutableTags);
  put('ecr.lifecycle-policy', made?.lifecyclePolicy);
}

function putMapping(
  values: EffectiveValues,
  at: { readonly path: string; readonly task: string },
  mapping: Mapping,
): void {
  const { path, task } = at;
  const put = (key: string, value: Parameters<EffectiveValues['put']>[1]): void =>
    values.put(`${path}.${key}`, value, `${task}.${key}`, key);
  const { onChange, platform, referrers } = mapping;
  values.put(`${path}.on-change`, onChange ?? 'overwrite');
  if (isPlatformList(platform)) values.put(`${path}.platform-missing`, platform.missing);
  for (const key of ['referrers', 'referrers-check', 'signatures']) values.drop(`${path}.${key}`);
  if (referrers === undefined) {
    put('referrers', false);
    return;
  }
  const { artifactTypes, annotations, checkMs, needsSignature } = referrers;
  if (artifactTypes === undefined && annotations === undefined) put('referrers', true);
  if (artifactTypes !== undefined) put('referrers.artifact-types', artifactTypes);
  if (annotations !== undefined) put('referrers.annotations', annotations);
  values.putDuration(`${path}.referrers-check`, checkMs, `${task}.referrers-check`, 'referrers-check');
  put('signatures', needsSignature ? 'required' : 'optional');
}
