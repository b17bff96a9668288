import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ServerProcess, type ServerProgram, type Started, startOnPort } from './processes/server-process.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';

// Far more often than anybody scrapes, so that a test need not wait.
const CONFIG = `
global: {scrape_interval: 500ms, scrape_timeout: 400ms, evaluation_interval: 500ms}
rule_files: [rules.yaml]
scrape_configs:
- job_name: regfleet
  file_sd_configs: [{files: [targets.json], refresh_interval: 1s}]
`;

/** One series of an answer. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data: {
    readonly resultType: string;
    readonly result: readonly { readonly metric: Record<string, string>; readonly value: [number, string] }[];
  };
}

/** A real Prometheus on 127.0.0.1. */
export class TestPrometheus extends ServerProcess {
  readonly #folder: TemporaryFolder;

  constructor(started: Started, folder: TemporaryFolder) {
    super(started);
    this.#folder = folder;
  }

  /** Scrapes these and no others from now on. @param urls - of services that serve `/metrics`. */
  async scrape(urls: readonly string[]): Promise<void> {
    await writeFile(join(this.#folder.path, 'targets.json'), targets(urls));
  }

  /** An instant vector, now. @throws {Error} with what Prometheus says of a query that it refuses. */
  async query(query: string): Promise<Sample[]> {
    const response = await fetch(`http://${this.host}/api/v1/query?${new URLSearchParams({ query })}`);
    const { status, error, data } = (await response.json()) as Answer;
    if (status !== 'success') throw new Error(`${query}: ${error}`);
    return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  /** The names of the alerts that fire now. */
  async firing(): Promise<string[]> {
    const response = await fetch(`http://${this.host}/api/v1/alerts`);
    const { data } = (await response.json()) as AlertsAnswer;
    const firing = data.alerts.filter(({ state }) => state === 'firing');
    return [...new Set(firing.map(({ labels }) => labels.alertname))].sort();
  }
}

interface AlertsAnswer {
  readonly data: {
    readonly alerts: readonly { readonly state: string; readonly labels: { readonly alertname: string } }[];
  };
}

const targets = (urls: readonly string[]): string =>
  JSON.stringify([{ targets: urls.map((url) => new URL(url).host) }]);

/** Scrapes nothing until it is told what. @param rules - a file of rules; default none. */
export async function startPrometheus(rules = 'groups: []'): Promise<TestPrometheus> {
  const folder = await temporaryFolder();
  await writeFile(join(folder.path, 'prometheus.yaml'), CONFIG);
  await writeFile(join(folder.path, 'rules.yaml'), rules);
  await writeFile(join(folder.path, 'targets.json'), targets([]));
  const program: ServerProgram = {
    argv: (port) =>
      Promise.resolve([
        'prometheus',
        `--config.file=${join(folder.path, 'prometheus.yaml')}`,
        `--storage.tsdb.path=${join(folder.path, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ]),
    ready: /Server is ready to receive web requests/,
    cleanUp: () => folder.stop(),
  };
  return new TestPrometheus(await startOnPort(program), folder);
}
