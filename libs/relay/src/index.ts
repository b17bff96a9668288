export type * from './contract.ts';
export { type CopyImageOptions, copyImage } from './copy-image.ts';
export { openRelay } from './definitions.ts';
export type { BlobIndex } from './direct/blob-index.ts';
export { type MissingContent, refillContent } from './direct/refill.ts';
