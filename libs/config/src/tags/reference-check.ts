import { isSyncError, makeReference } from '@regfleet/model';
import type { ImageName } from '../model.ts';

/** True for a repository name that registries can have. */
export const isRepository = (name: string): boolean => isReference({ repository: name });

/** True for a tag or digest that images can have. */
export const isImageName = (name: ImageName): boolean => isReference({ repository: 'name', ...name });

function isReference(parts: { repository: string; tag?: string; digest?: string }): boolean {
  try {
    makeReference({ registry: 'registry.invalid', ...parts });
    return true;
  } catch (error) {
    if (isSyncError(error)) return false;
    throw error;
  }
}
