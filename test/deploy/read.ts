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
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
}

export interface PodTemplate {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>>; readonly labels: object };
  readonly spec: {
    readonly securityContext?: object;
    readonly terminationGracePeriodSeconds?: number;
    readonly containers: readonly Container[];
    readonly volumes?: readonly { readonly secret?: { readonly secretName: string } }[];
  };
}

/** A Kubernetes object, with the fields that the tests look at. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly stringData?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly selector?: { readonly matchLabels?: object };
    readonly template?: PodTemplate;
    readonly volumeClaimTemplates?: readonly object[];
    readonly podSelector?: { readonly matchLabels?: object };
    readonly ingress?: readonly { readonly from?: readonly object[]; readonly ports?: readonly object[] }[];
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

/** Every pod of the fleet, by the name of the object that makes it. */
export const podTemplates = (): [string, PodTemplate][] =>
  kubernetesObjects().flatMap(({ metadata, spec }): [string, PodTemplate][] =>
    spec?.template === undefined ? [] : [[metadata.name, spec.template]],
  );

/** The value of a flag in a command line. */
export function flagValue(words: readonly string[], flag: string): string | undefined {
  const at = words.indexOf(flag);
  return at < 0 ? undefined : words[at + 1];
}
