import { IncomingMessage } from 'node:http';
import { addAbortSignal } from 'node:stream';
import { SyncError } from '@regfleet/model';
import type Docker from 'dockerode';

type Modem = Docker['modem'];
type DialOptions = Parameters<Modem['dial']>[0];

const MIB = 1024 * 1024;
// A daemon tells about 1 KiB of each image that it holds.
const MOST_OF_LIST_BYTES = 32 * MIB;
// Of one image: its labels may be long.
const MOST_OF_ANSWER_BYTES = 8 * MIB;
// Of what a refusal says, no more is read: the message has its beginning.
const MOST_OF_REFUSAL_BYTES = 64 * 1024;

/** A daemon's answer whose status says that it did not do what was asked; the message is the daemon's. */
export class Refusal extends Error {
  readonly statusCode: number | undefined;

  constructor(message: string, statusCode: number | undefined) {
    super(message);
    this.statusCode = statusCode;
  }
}

// The modem hands over the stream of an answer with a status that it is told to expect, and holds any other without a limit.
const ANY_STATUS = Object.fromEntries(Array.from({ length: 1_000 }, (_, status) => [status, true]));

/**
 * Has a client hold a bounded part of what a daemon answers, and end its requests with `signal`.
 *
 * Its methods reject with a `Refusal`, with `RELAY_FAILED` where an answer is too long, and with what the connection says.
 */
export function boundAnswers(modem: Modem, signal: AbortSignal): void {
  const dial = modem.dial.bind(modem);
  modem.dial = (options, answered = () => undefined) => {
    const raw = { ...options, isStream: true, statusCodes: ANY_STATUS, abortSignal: signal };
    dial(raw, (error, response) => {
      if (error !== null || !(response instanceof IncomingMessage)) answered(error, response);
      else if (isAccepted(options, response) && options.isStream) answered(null, response);
      else
        read(options, addAbortSignal(signal, response)).then(
          (answer) => answered(null, answer),
          (failure) => answered(failure, null),
        );
    });
  };
}

const isAccepted = ({ statusCodes = {} }: DialOptions, { statusCode = 0 }: IncomingMessage): boolean =>
  statusCodes[statusCode] === true;

/** @returns the JSON of an answer, else its text. */
async function read(options: DialOptions, response: IncomingMessage): Promise<object> {
  if (!isAccepted(options, response)) {
    const { bytes } = await beginningOf(response, MOST_OF_REFUSAL_BYTES);
    throw new Refusal(reasonIn(bytes.toString()), response.statusCode);
  }
  const limitBytes = options.path.includes('/images/json') ? MOST_OF_LIST_BYTES : MOST_OF_ANSWER_BYTES;
  const { bytes, isWhole } = await beginningOf(response, limitBytes);
  if (isWhole) return Object(parsed(bytes.toString()) ?? bytes);
  throw new SyncError('RELAY_FAILED', {
    message: `the docker daemon answers more than ${limitBytes / MIB} MiB`,
    hint: 'does it hold very many images (docker system df)? else something that is no docker daemon answers',
  });
}

function reasonIn(text: string): string {
  const { message, error } = Object(parsed(text));
  return [message, error, text].find((reason) => typeof reason === 'string' && reason !== '') ?? '';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const FIRST_BYTES = 16 * 1024;

/** Copies each chunk, since a chunk of one byte costs a hundred as long as it is kept. */
async function beginningOf(
  response: AsyncIterable<Uint8Array>,
  limitBytes: number,
): Promise<{ readonly bytes: Buffer; readonly isWhole: boolean }> {
  let held = Buffer.alloc(FIRST_BYTES);
  let length = 0;
  for await (const chunk of response) {
    const end = length + chunk.byteLength;
    if (end > limitBytes) return { bytes: held.subarray(0, length), isWhole: false };
    if (end > held.byteLength) held = Buffer.concat([held], Math.max(end, 2 * held.byteLength));
    held.set(chunk, length);
    length = end;
  }
  return { bytes: held.subarray(0, length), isWhole: true };
}
