import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a rendering follows from: the files of the chart and of its examples of values. Alerts and dashboards, which it links to, are left out. */
export function chartHash(chart: string): string {
  const files = globSync('**', { cwd: chart, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(chart.length + 1))
    .filter((file) => !file.startsWith('files/'))
    .sort();
  const hash = createHash('sha256');
  for (const file of [...files, '.helmignore']) {
    const content = createHash('sha256').update(readFileSync(join(chart, file)));
    hash.update(`${file} ${content.digest('hex')}\n`);
  }
  return hash.digest('hex');
}
