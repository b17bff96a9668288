import { clip, SyncError } from '@regfleet/model';

// Of a reply, which may repeat what somebody else has written into Redis.
const SHOWN_LENGTH = 300;
// What a server says while it starts, fails over, or is full: https://redis.io/docs/latest/develop/reference/protocol-spec/
const MAY_PASS = /^(?:BUSY|CLUSTERDOWN|LOADING|MASTERDOWN|MISCONF|NOREPLICAS|OOM|READONLY|TRYAGAIN)\b/;

/** A command that Redis answered with an error, as an error of ours; anything else is given back. */
export function redisRefusal(error: unknown, address: string): unknown {
  // As the client names what the server says, wherever it was asked.
  if (!(error instanceof Error) || error.name !== 'ReplyError') return error;
  const message = `Redis at ${address} refuses a command: ${clip(error.message, SHOWN_LENGTH)}`;
  if (MAY_PASS.test(error.message)) {
    const hint = 'the same may work when Redis is well again: look at its log, memory and replication';
    return new SyncError('REDIS_UNREACHABLE', { message, hint, cause: error });
  }
  return new SyncError('REDIS_UNSUITABLE', {
    message,
    hint: 'let the user of the Redis URL run all commands below the prefix, and let nobody else write there',
    cause: error,
  });
}
