import { type ConvertNote, type ConvertRequest, convertConfig } from '@regfleet/config';
import { printable, SyncError } from '@regfleet/model';
import type { CommandContext } from '../context.ts';
import { EXIT } from '../exit-code.ts';

export interface ConvertFlags {
  readonly to?: string;
  readonly scoped: boolean;
  readonly all: boolean;
}

/** Prints the config of another tool as one of ours, and tells what has no equal. */
export async function convert(
  { terminal, options, finish }: CommandContext,
  tool: ConvertRequest['tool'],
  { file, flags }: { file: string; flags: ConvertFlags },
): Promise<void> {
  const converted = await convertConfig(file, requestOf(tool, flags));
  if (options().json) terminal.out(JSON.stringify(converted, undefined, 2));
  else {
    for (const note of converted.notes) terminal.err(noteLine(note));
    terminal.out(converted.yaml.trimEnd());
  }
  finish(converted.notes.some(({ isLeftOut }) => isLeftOut) ? EXIT.failed : EXIT.ok);
}

function requestOf(tool: ConvertRequest['tool'], { to, scoped, all }: ConvertFlags): ConvertRequest {
  if (tool === 'regsync') return { tool };
  if (to !== undefined) return { tool, to, isScoped: scoped, allPlatforms: all };
  throw new SyncError('USAGE_INVALID', {
    message: '--to is missing: the file of skopeo does not say where images go',
    hint: 'give the destination of your `skopeo sync`, as --to registry.example.com/mirror',
  });
}

const noteLine = ({ path, message, isLeftOut }: ConvertNote): string =>
  printable(`${isLeftOut ? 'left out' : 'note'}: ${path}: ${message}`);
