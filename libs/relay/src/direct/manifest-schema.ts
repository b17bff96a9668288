import { isDigest } from '@regfleet/model';
import { z } from 'zod';

// Registries hold artifacts of any kind: only what a copy needs is looked at, and what is unknown is passed on as bytes.

const text = z.string().optional().catch(undefined);

const platform = z.object({ os: text, architecture: text, variant: text });

const descriptor = z.object({
  mediaType: z.string().default('application/octet-stream'),
  digest: z.string().refine(isDigest, 'is not a sha256 or sha512 digest'),
  size: z.int().nonnegative(),
  urls: z.array(z.string()).optional(),
  platform: platform.optional().catch(undefined),
});

export type DescriptorJson = z.infer<typeof descriptor>;

const mediaType = z.string().optional();
const schemaVersion = z.literal(2);

// A document that can be read both ways is refused: https://github.com/advisories/GHSA-77vh-xpmg-72qh
const absent = z.undefined('does not belong into a manifest of this kind').optional();

export const indexSchema = z.object({
  schemaVersion,
  mediaType,
  manifests: z.array(descriptor),
  config: absent,
  layers: absent,
});

export const imageSchema = z.object({
  schemaVersion,
  mediaType,
  config: descriptor,
  layers: z.array(descriptor),
  manifests: absent,
});
