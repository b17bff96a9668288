// Lays out the image of deploy/images without a container engine, as an OCI layout or as a root file system.
import { buildLayout, layOutRoot } from './image/build-image.ts';
import { lockedDownloads } from './image/download.ts';
import { readLock } from './image/lock.ts';
import { parseOptions, USAGE } from './image/options.ts';
import { updateLock } from './image/update-lock.ts';

try {
  const { architectures, variants, output, root, updateLock: isUpdate } = parseOptions(process.argv.slice(2));
  if (isUpdate) await updateLock();
  else {
    const lock = readLock();
    const from = { lock, downloads: lockedDownloads(lock) };
    const [architecture] = architectures;
    const [variant] = variants;
    if (root !== undefined && architecture !== undefined && variant !== undefined)
      await layOutRoot(root, variant, { ...from, architecture });
    else await buildLayout(output, { architectures, variants }, from, console.log);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof TypeError || /^(?:--|Unknown)/.test(String(Object(error).message)))
    console.error(USAGE);
  process.exitCode = 1;
}
