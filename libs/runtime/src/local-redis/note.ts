import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { lstat, open, realpath, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { SyncError } from '@regfleet/model';
import { serverState } from './inline-command.ts';
import { flawOfPrivateFolder, makePrivateFolder } from './private-folder.ts';
import { socketUrl } from './socket-path.ts';

const NAME = 'socket';
const NAME_LENGTH = 16;

/**
 * A name for the local Redis of a config file, the same however its path is written. Links are followed for the folder only: in a
 * mounted ConfigMap the file itself is a link that leads elsewhere after each change.
 *
 * @throws {Error} when the folder of the file does not exist.
 */
export async function localRedisName(configFile: string): Promise<string> {
  const file = resolve(configFile);
  const path = join(await realpath(dirname(file)), basename(file));
  return createHash('sha256').update(path).digest('hex').slice(0, NAME_LENGTH);
}

/**
 * Notes in `folder`, which it makes, where the socket is, for `findLocalRedis`.
 *
 * @throws {SyncError} `REDIS_UNSUITABLE` when the folder cannot be made, or is somebody else's.
 */
export async function noteSocket(folder: string, socket: string): Promise<void> {
  await makePrivateFolder(folder);
  const draft = join(folder, `${NAME}.${process.pid}`);
  await writeFile(draft, socket, { mode: 0o600 });
  await rename(draft, join(folder, NAME));
}

/**
 * The URL of the local Redis that is noted in `folder`; absent: none is noted, or nobody listens there any more.
 *
 * @throws {SyncError} `REDIS_UNSUITABLE` where note or socket could be those of somebody else.
 */
export async function findLocalRedis(folder: string): Promise<string | undefined> {
  const socket = await readNote(folder);
  const found = socket === undefined ? undefined : await lookAt(socket);
  if (socket === undefined || found === undefined) return undefined;
  await refuseForeign(dirname(socket));
  if (!found.isSocket() || found.uid !== process.getuid?.())
    throw foreign(socket, 'it is no socket of this user');
  return (await serverState(socket)) === 'gone' ? undefined : socketUrl(socket);
}

/** Absent: there is nothing that this user can see. */
const lookAt = (path: string): Promise<Stats | undefined> => lstat(path).catch(() => undefined);

async function readNote(folder: string): Promise<string | undefined> {
  if ((await lookAt(folder)) === undefined) return undefined;
  await refuseForeign(folder);
  const path = join(folder, NAME);
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    const socket = await file.readFile('utf8');
    if (!isAbsolute(socket)) throw foreign(path, 'it names no socket');
    return socket;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    if (error instanceof Error && 'code' in error && error.code === 'ELOOP')
      throw foreign(path, 'it is a link');
    throw error;
  }
}

async function refuseForeign(folder: string): Promise<void> {
  const flaw = await flawOfPrivateFolder(folder);
  if (flaw !== undefined) throw foreign(folder, flaw);
}

const foreign = (path: string, why: string): SyncError =>
  new SyncError('REDIS_UNSUITABLE', {
    message: `${path} is not trusted to lead to the Redis of \`regfleet up\`: ${why}`,
    hint: 'see who made it; remove it and start `regfleet up` again, as the same user, or name a Redis with --redis',
  });
