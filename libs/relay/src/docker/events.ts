import { type Digest, isDigest } from '@regfleet/model';
import { z } from 'zod';

/** One line of what a daemon tells while it pulls or pushes. */
export interface DaemonEvent {
  readonly status?: string;
  /** The layer, in short. */
  readonly id?: string;
  readonly current?: number;
  readonly total?: number;
  /** Of the manifest: told at the end of a pull, and of a push. */
  readonly digest?: Digest;
  /** Why it failed. The stream itself ends as if all were well. */
  readonly error?: string;
}

const text = z.string().optional().catch(undefined);
// Kept for every layer: what is longer is no daemon's.
const label = z.string().max(1_024).optional().catch(undefined);
const bytes = z.int().nonnegative().optional().catch(undefined);
const part = <Shape extends z.ZodRawShape>(shape: Shape) => z.object(shape).optional().catch(undefined);

// https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Image/operation/ImageCreate
const eventSchema = z.object({
  status: label,
  id: label,
  progressDetail: part({ current: bytes, total: bytes }),
  aux: part({ Digest: text }),
  error: text,
  errorDetail: part({ message: text }),
});

// A daemon's lines have some hundred characters; what a registry said may be quoted in one.
const LINE_LIMIT = 1024 * 1024;
const TOO_LONG = `a line of more than ${LINE_LIMIT} characters`;

/**
 * The events of a stream of JSON lines.
 *
 * @throws what the stream throws when it is cut; a `SyntaxError` on what is not JSON, a `RangeError` on an endless line.
 */
export async function* readEvents(stream: AsyncIterable<string | Uint8Array>): AsyncGenerator<DaemonEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    rest += text;
    if (rest.length > LINE_LIMIT + text.length) throw new RangeError(TOO_LONG);
    // A line that comes in many pieces is not looked through with each of them.
    if (!text.includes('\n')) continue;
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line.trim() !== '').map(parseEvent);
  }
  if (rest.trim() !== '') yield parseEvent(rest);
}

const PULLED = /^Digest: (\S+)$/;

function parseEvent(line: string): DaemonEvent {
  const { status, id, progressDetail, aux, error, errorDetail } = eventSchema.parse(JSON.parse(line));
  const digest = aux?.Digest ?? PULLED.exec(status ?? '')?.[1];
  const failure = errorDetail?.message || error;
  return {
    ...(status !== undefined && { status }),
    ...(id !== undefined && { id }),
    ...(progressDetail?.current !== undefined && { current: progressDetail.current }),
    ...(progressDetail?.total !== undefined && { total: progressDetail.total }),
    ...(digest !== undefined && isDigest(digest) && { digest }),
    ...(failure !== undefined && { error: failure }),
  };
}
