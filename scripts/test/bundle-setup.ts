import { currentBundle } from '@regfleet/cli';
import { makeBundle } from '../bundle/make-bundle.ts';

/** Once before tests that start processes of ours: each of those takes half the time from the bundle. */
export async function setup(): Promise<void> {
  if (currentBundle() === undefined) await makeBundle();
}
