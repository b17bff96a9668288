import { decodeText } from '../decode-text.ts';
import { configName, readConfigBytes } from '../read-config.ts';
import type { ConvertedConfig, SkopeoOptions } from './contract.ts';
import { convertRegsync } from './regsync.ts';
import { convertSkopeo } from './skopeo.ts';

const HINT = 'name the config of the other tool behind its name, and let this process read it';

/** Whose config is converted. */
export type ConvertRequest = { readonly tool: 'regsync' } | ({ readonly tool: 'skopeo' } & SkopeoOptions);

/**
 * The config of another tool as one of ours, which chooses the same images; what it cannot say is left out and told.
 *
 * @param file - `-` is standard input.
 * @throws {SyncError} `CONFIG_UNREADABLE`; `USAGE_INVALID`
 */
export async function convertConfig(file: string, request: ConvertRequest): Promise<ConvertedConfig> {
  const name = configName(file);
  const text = decodeText(await readConfigBytes(file, HINT), name);
  return request.tool === 'regsync' ? convertRegsync(text, name) : convertSkopeo(text, name, request);
}
