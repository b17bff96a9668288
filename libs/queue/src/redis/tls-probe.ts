import { connect as connectPlain, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { RedisServer } from '@regfleet/model';

const PROBE_MS = 1_000;
// What a Redis answers to a PING without TLS, whoever asks: that it lives, or that it wants a password first.
const REDIS_REPLY = /^[+-]/;

/** Whether a Redis without TLS answers there. Sends no credentials. */
export function speaksWithoutTls({ host, port }: RedisServer): Promise<boolean> {
  const socket = connectPlain({ host, port });
  socket.write('PING\r\n');
  return outcomeOf(socket, false, (told) => {
    socket.once('data', (data) => told(REDIS_REPLY.test(data.toString('latin1'))));
  });
}

/** Whether something with TLS answers there, whatever its certificate. */
export function speaksTls({ host, port }: RedisServer): Promise<boolean> {
  // Nothing is sent over it.
  const socket = connectTls({ host, port, rejectUnauthorized: false });
  return outcomeOf(socket, false, (told) => {
    socket.once('secureConnect', () => told(true));
    // It wants a certificate of ours.
    socket.once('error', (error) => told(isAlert(error)));
  });
}

/** Whether a server with TLS said what is wrong. */
export const isAlert = (error: Error): boolean => 'code' in error && /_ALERT_/.test(String(error.code));

/** What a server says against us after the handshake, to somebody who sends nothing; absent: nothing in time. */
export function alertOf({ host, port }: RedisServer, tls: ConnectionOptions): Promise<Error | undefined> {
  const socket = connectTls({ host, port, ...tls });
  return outcomeOf<Error | undefined>(socket, undefined, (told) => {
    socket.once('error', (error) => told(isAlert(error) ? error : undefined));
  });
}

function outcomeOf<Outcome>(
  socket: Socket,
  otherwise: Outcome,
  listen: (told: (outcome: Outcome) => void) => void,
): Promise<Outcome> {
  return new Promise((resolve) => {
    listen((outcome) => {
      resolve(outcome);
      socket.destroy();
    });
    socket.setTimeout(PROBE_MS, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(otherwise));
  });
}
