import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { chartHash } from './chart/chart-hash.ts';
import { immutableFields, type RenderedObject } from './chart/immutable-fields.ts';

const DEPLOY = join(import.meta.dirname, '..', 'deploy');
const CHART = join(DEPLOY, 'helm/regfleet');
const RENDERED = join(DEPLOY, 'helm/rendered');
const VALUES = readdirSync(join(CHART, 'ci')).map((file) => basename(file, '.yaml'));

/** Helm 3, as `go install helm.sh/helm/v3/cmd/helm@v3.18.4` makes it; the argument says where it is if not on PATH. */
function helm(...words: string[]): string {
  try {
    return execFileSync(process.argv[2] ?? 'helm', words, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    const told = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    throw new Error(`helm ${words.join(' ')} failed: ${told}`, { cause: error });
  }
}

function render(values: string): string {
  const options = ['--kube-version', '1.31.0', '-f', join(CHART, 'ci', `${values}.yaml`)];
  helm('lint', '--strict', CHART, ...options);
  return helm('template', 'regfleet', CHART, '--namespace', 'regfleet', ...options);
}

/** Where the version of the project stands besides: what stands before it in each file. */
const VERSIONED: readonly (readonly [file: string, before: RegExp])[] = [
  ['helm/regfleet/Chart.yaml', /^(?:appV|v)ersion: /],
  ['kubernetes/kustomization.yaml', /^ +newTag: /],
  ['ci/github-workflow.yaml', /^ +IMAGE: registry\.example\.com\/regfleet:/],
  ['ci/gitlab-ci.yaml', /^ +- npm install .* regfleet@/],
];

function stampVersion(): void {
  const root = readFileSync(join(DEPLOY, '../package.json'), 'utf8');
  const { version } = JSON.parse(root) as { version: string };
  for (const [file, before] of VERSIONED) {
    const path = join(DEPLOY, file);
    const pattern = new RegExp(`(${before.source})\\S+$`, 'gm');
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace(pattern, (_, known: string) => `${known}${version}`),
    );
  }
}

const documentsOf = (text: string): string[] =>
  text.split(/^---\n/m).filter((document) => /^kind:/m.test(document));

/** As Helm orders them, with where each comes from. */
function write(name: string, rendering: string): void {
  writeFileSync(join(RENDERED, `${name}.yaml`), rendering);
}

/** The default rendering, a file for each of the chart's templates. */
function writeKubernetes(rendering: string): void {
  const files = Map.groupBy(
    documentsOf(rendering),
    (document) => /^# Source: regfleet\/templates\/(.*)$/m.exec(document)?.[1] ?? '',
  );
  for (const [file, documents] of files) {
    const objects = documents.map((document) => document.replace(/^# Source: .*\n/m, ''));
    const head = '# Rendered from ../helm/regfleet by `npm run chart`.\n';
    writeFileSync(join(DEPLOY, 'kubernetes', file), `${head}${objects.join('---\n')}`);
  }
}

/** Adds what this version must not change later, once. */
function keepImmutable(renderings: ReadonlyMap<string, string>): void {
  const file = join(RENDERED, 'immutable.json');
  const { version } = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8')) as { version: string };
  const kept = (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}) as Record<string, unknown>;
  kept[version] ??= Object.fromEntries(
    ['default', 'complete', 'cronjob'].map((name) => [
      name,
      immutableFields(
        parseAllDocuments(renderings.get(name) ?? '').map((document) => document.toJS() as RenderedObject),
      ),
    ]),
  );
  writeFileSync(file, `${JSON.stringify(kept, undefined, 2)}\n`);
}

stampVersion();
mkdirSync(RENDERED, { recursive: true });
const renderings = new Map(VALUES.map((values) => [values, render(values)]));
writeKubernetes(renderings.get('default') ?? '');
for (const [values, rendering] of renderings) if (values !== 'default') write(values, rendering);
keepImmutable(renderings);
writeFileSync(join(RENDERED, 'chart.sha256'), `${chartHash(CHART)}\n`);
console.log(`rendered ${VALUES.join(', ')}`);
