import { z } from 'zod';
import { parseJson } from '../json/parse-json.ts';
import { type Manifest, MEDIA_TYPES } from './manifest.ts';

// What servers say of a file they know nothing about.
const MEANINGLESS: ReadonlySet<string> = new Set([
  '',
  'application/json',
  'application/octet-stream',
  'text/plain',
]);

const shapeSchema = z.object({
  mediaType: z.string().nullish(),
  manifests: z.unknown().optional(),
  config: z.unknown().optional(),
  layers: z.unknown().optional(),
});

/** Absent: it is no JSON object. */
function shapeOf({ buffer, byteOffset, byteLength }: Uint8Array): z.infer<typeof shapeSchema> | undefined {
  const text = Buffer.from(buffer, byteOffset, byteLength).toString('utf8');
  return shapeSchema.safeParse(parseJson(text)).data;
}

/** Without parameters, lower case; empty where there is none. */
export const plainMediaType = (contentType: string | undefined): string =>
  (contentType?.split(';')[0] ?? '').trim().toLowerCase();

/** What a manifest calls itself; absent: nothing. */
export const statedMediaType = ({ bytes }: Manifest): string | undefined =>
  shapeOf(bytes)?.mediaType || undefined;

/** True: it is what it is for every repository. Otherwise two repositories may call the same bytes by different names. */
export const statesMediaType = (manifest: Manifest): boolean =>
  statedMediaType(manifest) === manifest.mediaType;

/** The media type of a manifest: the registry's word where it says one, else the manifest's own. */
export function manifestMediaType(contentType: string | undefined, bytes: Uint8Array): string {
  const said = plainMediaType(contentType);
  if (!MEANINGLESS.has(said)) return said;
  const shape = shapeOf(bytes);
  if (shape === undefined) return said;
  return shape.mediaType || (isIndexShape(shape) ? MEDIA_TYPES.ociIndex : MEDIA_TYPES.ociManifest);
}

/** Some tools write what an index or image has not as `null`, and an index without entries, too. */
const isIndexShape = ({ manifests, config, layers }: z.infer<typeof shapeSchema>): boolean =>
  Boolean(manifests) || (manifests === null && !config && !layers);
