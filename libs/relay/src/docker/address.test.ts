import { describe, expect, it } from 'vitest';
import { parseAddress, tlsOf } from './address.ts';

describe('relay/docker/address', () => {
  it.each([
    ['unix:///var/run/docker.sock', { kind: 'socket', path: '/var/run/docker.sock' }],
    ['npipe:////./pipe/docker_engine', { kind: 'socket', path: '//./pipe/docker_engine' }],
    ['tcp://10.0.0.1:1234', { kind: 'http', host: '10.0.0.1', port: 1234 }],
    ['tcp://dind', { kind: 'http', host: 'dind', port: 2375 }],
    ['tcp://dind:80', { kind: 'http', host: 'dind', port: 80 }],
    ['tcp://[::1]:2375', { kind: 'http', host: '[::1]', port: 2375 }],
    ['http://dind:2375', { kind: 'http', host: 'dind', port: 2375 }],
    ['https://dind', { kind: 'http', host: 'dind', port: 2376, tls: { verify: true } }],
  ])('reads %s', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  it('gives tcp addresses the TLS of the environment', () => {
    const tls = { certPath: '/certs', verify: true };
    expect(parseAddress('tcp://dind', tls)).toEqual({ kind: 'http', host: 'dind', port: 2376, tls });
    expect(parseAddress('unix:///s', tls)).toEqual({ kind: 'socket', path: '/s' });
  });

  it.each(['/var/run/docker.sock', 'dind:2375', 'ssh://user@host', 'tcp://', 'unix://', ''])(
    'refuses "%s"',
    (text) => {
      expect(() => parseAddress(text)).toThrow(expect.objectContaining({ code: 'RELAY_UNAVAILABLE' }));
    },
  );

  it.each([
    [{}, undefined],
    [{ DOCKER_TLS_VERIFY: '', HOME: '/home/joe' }, undefined],
    [
      { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/certs' },
      { certPath: '/certs', verify: true },
    ],
    [
      { DOCKER_TLS_VERIFY: '1', HOME: '/home/joe' },
      { certPath: '/home/joe/.docker', verify: true },
    ],
    [{ DOCKER_CERT_PATH: '/certs' }, { certPath: '/certs', verify: false }],
  ])('takes from %o the TLS settings %o', (env, tls) => {
    expect(tlsOf(env)).toEqual(tls);
  });

  it('takes no certificates from the folder that it was started in, where the user has no home', () => {
    expect(tlsOf({ DOCKER_TLS_VERIFY: '1' }, () => undefined)).toEqual({ verify: true });
  });
});
