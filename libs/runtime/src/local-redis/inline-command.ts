import { createConnection } from 'node:net';

/**
 * Sends one inline command over a unix socket.
 *
 * @returns the first line of the answer; empty when the connection ended without one.
 * @throws {Error} `ENOENT` or `ECONNREFUSED` when nobody listens; a timeout when no answer comes.
 * @see https://redis.io/docs/latest/develop/reference/protocol-spec/#inline-commands
 */
export function inlineCommand(socketPath: string, command: string, deadlineMs: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = createConnection(socketPath);
  let answer = '';
  const finish = (settle: () => void): void => {
    clearTimeout(timer);
    socket.destroy();
    settle();
  };
  const timer = setTimeout(
    () => finish(() => reject(new Error(`no answer to ${command} within ${deadlineMs} ms`))),
    deadlineMs,
  );
  socket.setEncoding('utf8');
  socket.once('connect', () => socket.write(`${command}\r\n`));
  socket.on('data', (text: string) => {
    answer += text;
    const end = answer.indexOf('\r\n');
    if (end >= 0) finish(() => resolve(answer.slice(0, end)));
  });
  socket.once('end', () => finish(() => resolve(answer)));
  socket.once('error', (error) => finish(() => reject(error)));
  return promise;
}

/** `ready`; `busy`: somebody listens but is loading or does not answer in time; `gone`: nobody listens. */
export type ServerState = 'ready' | 'busy' | 'gone';

// A server that saves or loads answers late; one that is gone refuses at once.
const PING_DEADLINE_MS = 2_000;

export async function serverState(socketPath: string): Promise<ServerState> {
  try {
    return (await inlineCommand(socketPath, 'PING', PING_DEADLINE_MS)) === '+PONG' ? 'ready' : 'busy';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'ENOENT' || code === 'ECONNREFUSED' ? 'gone' : 'busy';
  }
}
