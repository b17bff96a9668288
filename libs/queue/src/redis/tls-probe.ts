import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { RedisServer } from '@regfleet/model';

const PROBE_MS = 1_000;
// What a Redis answers to a PING without TLS, whoever asks: that it lives, or that it wants a password first.
const REDIS_REPLY = /^[+-]/;

/** Whether a Redis without TLS answers there. Sends no credentials. */
export function speaksWithoutTls({ host, port }: RedisServer): Promise<boolean> {
  const socket = connectPlain({ host, port });
  socket.write('PING\r\n');
  return outcomeOf(socket, (told) => {
    socket.once('data', (data) => told(REDIS_REPLY.test(data.toString('latin1'))));
  });
}

/** Whether something with TLS answers there, whatever its certificate. */
export function speaksTls({ host, port }: RedisServer): Promise<boolean> {
  // Nothing is sent over it.
  const socket = connectTls({ host, port, rejectUnauthorized: false });
  return outcomeOf(socket, (told) => {
    socket.once('secureConnect', () => told(true));
    // It wants a certificate of ours.
    socket.once('error', (error) => told('code' in error && /_ALERT_/.test(String(error.code))));
  });
}

function outcomeOf(socket: Socket, listen: (told: (answer: boolean) => void) => void): Promise<boolean> {
  return new Promise((resolve) => {
    listen((answer) => {
      resolve(answer);
      socket.destroy();
    });
    socket.setTimeout(PROBE_MS, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(false));
  });
}
