import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import { PodMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor';
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import { validate as Deployment } from 'kubernetes-models/_schemas/IoK8sApiAppsV1Deployment';
import { validate as StatefulSet } from 'kubernetes-models/_schemas/IoK8sApiAppsV1StatefulSet';
import { validate as CronJob } from 'kubernetes-models/_schemas/IoK8sApiBatchV1CronJob';
import { validate as ConfigMap } from 'kubernetes-models/_schemas/IoK8sApiCoreV1ConfigMap';
import { validate as Secret } from 'kubernetes-models/_schemas/IoK8sApiCoreV1Secret';
import { validate as Service } from 'kubernetes-models/_schemas/IoK8sApiCoreV1Service';
import { validate as ServiceAccount } from 'kubernetes-models/_schemas/IoK8sApiCoreV1ServiceAccount';
import { validate as NetworkPolicy } from 'kubernetes-models/_schemas/IoK8sApiNetworkingV1NetworkPolicy';
import { validate as PodDisruptionBudget } from 'kubernetes-models/_schemas/IoK8sApiPolicyV1PodDisruptionBudget';
import type { KubernetesObject } from './read.ts';

interface Validate {
  (data: unknown): boolean;
  errors?:
    | readonly { readonly instancePath: string; readonly keyword: string; readonly params: object }[]
    | null;
}

/** The validator of a model, which is not to be had without it. */
function byModel(model: { readonly prototype: { validate(): void } }): Validate {
  const validate: Validate = (data) => {
    try {
      model.prototype.validate.call(data);
      return true;
    } catch (error) {
      validate.errors = (error as Validate).errors ?? [];
      return false;
    }
  };
  return validate;
}

/** By kind; each checks the API version too. */
const SCHEMAS: Readonly<Record<string, Validate>> = {
  ConfigMap,
  CronJob,
  Deployment,
  NetworkPolicy,
  PodDisruptionBudget,
  PodMonitor: byModel(PodMonitor),
  PrometheusRule: byModel(PrometheusRule),
  ScaledObject: byModel(ScaledObject),
  Secret,
  Service,
  ServiceAccount,
  StatefulSet,
};

/** What is wrong with an object by the schema of its kind: wrong or missing values, and fields that the kind does not have. */
export function schemaErrors(object: Pick<KubernetesObject, 'apiVersion' | 'kind'>): string[] {
  const validate = SCHEMAS[object.kind];
  if (validate === undefined) return [`${object.kind} is no kind that this test knows`];
  const read = new Set<string>();
  const isValid = validate(watched(object, '', read));
  const errors = isValid ? [] : (validate.errors ?? []);
  return [
    ...errors.map(
      (error) => `${error.instancePath} does not fulfil ${error.keyword} ${JSON.stringify(error.params)}`,
    ),
    ...unread(object, '', read).map((path) => `${path} is no field of ${object.kind}`),
  ];
}

// The validators are compiled and pass over unknown fields. They look at every field they know, so one that they never
// looked at is unknown.
function watched(value: unknown, path: string, read: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get(target, key) {
      const child: unknown = Reflect.get(target, key);
      if (typeof key === 'symbol') return child;
      read.add(`${path}/${key}`);
      return watched(child, `${path}/${key}`, read);
    },
  });
}

function unread(value: unknown, path: string, read: ReadonlySet<string>): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const childPath = `${path}/${key}`;
    return read.has(childPath) ? unread(child, childPath, read) : [childPath];
  });
}
