import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

const DEPLOY = join(import.meta.dirname, '..', '..', 'deploy');

export const deployFile = (path: string): string => join(DEPLOY, path);

export const readDeployFile = (path: string): string => readFileSync(deployFile(path), 'utf8');

/** Every document of a YAML file as plain data; YAML 1.1, as kubectl and compose read it. */
export function readYaml(path: string): unknown[] {
  return parseAllDocuments(readDeployFile(path), { version: '1.1', merge: true }).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return document.toJS() as unknown;
  });
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly imagePullPolicy?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string } };
  }[];
  readonly securityContext?: object;
  readonly resources?: { readonly requests?: object; readonly limits?: object };
  readonly readinessProbe?: { readonly httpGet?: { readonly path: string; readonly port: string } };
  readonly livenessProbe?: { readonly httpGet?: { readonly path: string; readonly port: string } };
  readonly volumeMounts?: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
  }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
}

export interface PodTemplate {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>>; readonly labels: object };
  readonly spec: {
    readonly securityContext?: object;
    readonly terminationGracePeriodSeconds?: number;
    readonly containers: readonly Container[];
    readonly automountServiceAccountToken?: boolean;
    readonly topologySpreadConstraints?: readonly object[];
    readonly volumes?: readonly {
      readonly name: string;
      readonly secret?: { readonly secretName: string };
      readonly emptyDir?: { readonly sizeLimit?: string };
    }[];
  };
}

/** A Kubernetes object, with the fields that the tests look at. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly stringData?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly selector?: { readonly matchLabels?: object };
    readonly template?: PodTemplate;
    readonly jobTemplate?: { readonly spec: { readonly template: PodTemplate } };
    readonly replicas?: number;
    readonly volumeClaimTemplates?: readonly object[];
    readonly podSelector?: { readonly matchLabels?: object };
    readonly policyTypes?: readonly string[];
    readonly ingress?: readonly { readonly from?: readonly object[]; readonly ports?: readonly object[] }[];
    readonly egress?: readonly { readonly to?: readonly object[]; readonly ports?: readonly object[] }[];
  };
}

const KUSTOMIZATION = 'kustomization.yaml';

export interface Kustomization {
  readonly resources: string[];
  readonly images: readonly { readonly name: string }[];
  readonly secretGenerator: readonly { readonly name: string; readonly files: readonly string[] }[];
}

export const kustomization = (): Kustomization => readYaml(`kubernetes/${KUSTOMIZATION}`)[0] as Kustomization;

/** Files of `kubernetes/` that hold objects. */
export const kubernetesFiles = (): string[] =>
  readdirSync(deployFile('kubernetes'))
    .filter((file) => file.endsWith('.yaml') && file !== KUSTOMIZATION)
    .sort();

export const kubernetesObjects = (): KubernetesObject[] =>
  kubernetesFiles().flatMap((file) => readYaml(`kubernetes/${file}`) as KubernetesObject[]);

/** Every pod of some objects, by the name of the object that makes it. */
export const podsOf = (objects: readonly KubernetesObject[]): [string, PodTemplate][] =>
  objects.flatMap(({ metadata, spec }): [string, PodTemplate][] => {
    const template = spec?.template ?? spec?.jobTemplate?.spec.template;
    return template === undefined ? [] : [[metadata.name, template]];
  });

/** Every pod of the fleet as `kubernetes/` has it. */
export const podTemplates = (): [string, PodTemplate][] => podsOf(kubernetesObjects());

/** What the chart renders, by the name of its values: as `kubernetes/` has it, and what `npm run chart` has left beside the chart. */
export const renderings = (): [string, KubernetesObject[]][] => [
  ['default', kubernetesObjects()],
  ...readdirSync(deployFile('helm/rendered'))
    .filter((file) => file.endsWith('.yaml'))
    .map((file): [string, KubernetesObject[]] => [
      file.replace('.yaml', ''),
      readYaml(`helm/rendered/${file}`) as KubernetesObject[],
    ]),
];

/** The value of a flag in a command line. */
export function flagValue(words: readonly string[], flag: string): string | undefined {
  const at = words.indexOf(flag);
  return at < 0 ? undefined : words[at + 1];
}
