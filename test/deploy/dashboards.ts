import { readdirSync } from 'node:fs';
import { deployFile, readDeployFile } from './read.ts';

interface Panel {
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly expr: string }[];
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
  readonly panels: readonly Panel[];
}

/** Every dashboard by its file. */
export const dashboards = (): [string, Dashboard][] =>
  readdirSync(deployFile('dashboards')).map((file) => [
    file,
    JSON.parse(readDeployFile(`dashboards/${file}`)) as Dashboard,
  ]);

/** The queries of its panels, as Grafana asks them with everything chosen. */
export const queriesOf = ({ panels }: Dashboard): string[] =>
  panels.flatMap(({ targets }) =>
    targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '1m').replaceAll(/\$\w+/g, '.*')),
  );
