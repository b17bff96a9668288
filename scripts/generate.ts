import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { performancePage } from '@regfleet/bench';
import { configJsonSchema, configReference } from '@regfleet/config';
import { architecturePage } from './package-graph.ts';

export interface GeneratedFile {
  /** Relative to the root of the repository. */
  readonly file: string;
  content(): string;
}

/** Every file of the repository that is made from code. */
export const GENERATED_FILES: readonly GeneratedFile[] = [
  { file: 'docs/architecture.md', content: architecturePage },
  { file: 'docs/config.md', content: configReference },
  { file: 'docs/config.schema.json', content: () => `${JSON.stringify(configJsonSchema(), undefined, 2)}\n` },
  { file: 'docs/performance.md', content: performancePage },
];

export const ROOT = join(import.meta.dirname, '..');

if (import.meta.main) {
  for (const { file, content } of GENERATED_FILES) {
    await mkdir(dirname(join(ROOT, file)), { recursive: true });
    await writeFile(join(ROOT, file), content());
    console.log(`wrote ${file}`);
  }
}
