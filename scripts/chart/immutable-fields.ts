/** An object of a rendering, as far as it is looked at here. */
export interface RenderedObject {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** Fields that Kubernetes refuses to change, and names by which objects find each other; a test holds later versions to them. */
const IMMUTABLE: Readonly<Record<string, readonly string[]>> = {
  CronJob: [],
  Deployment: ['selector'],
  Service: ['clusterIP'],
  StatefulSet: ['selector', 'serviceName', 'podManagementPolicy', 'volumeClaimTemplates'],
};

/** Those of the objects of a rendering, by kind and name. */
export function immutableFields(objects: readonly RenderedObject[]): Record<string, unknown> {
  const kept = objects.flatMap(({ kind, metadata, spec = {} }): [string, unknown][] => {
    const fields = IMMUTABLE[kind];
    if (fields === undefined) return [];
    const values = fields.filter((field) => field in spec).map((field) => [field, spec[field]]);
    return [[`${kind} ${metadata.name}`, Object.fromEntries(values)]];
  });
  return Object.fromEntries(kept.sort(([one], [other]) => (one < other ? -1 : 1)));
}
