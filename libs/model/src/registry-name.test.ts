import { describe, expect, it } from 'vitest';
import { parseRegistryName } from './registry-name.ts';

describe('model/registry-name', () => {
  it.each(['docker.io', 'Docker.io', 'index.docker.io', 'INDEX.docker.io', 'registry-1.docker.io'])(
    'knows Docker Hub by the name %s',
    (written) => {
      expect(parseRegistryName(written)).toEqual({
        host: 'docker.io',
        path: '',
        text: 'docker.io',
        isDockerHub: true,
        apiHost: 'registry-1.docker.io',
      });
    },
  );

  it.each([
    ['Quay.io', 'quay.io', ''],
    ['registry.hub.docker.com', 'registry.hub.docker.com', ''],
    ['registry.example.com:5000/Team/sub/', 'registry.example.com:5000', 'Team/sub'],
    ['[::1]:5000//team', '[::1]:5000', 'team'],
  ])('splits %s', (written, host, path) => {
    expect(parseRegistryName(written)).toEqual({
      host,
      path,
      text: path === '' ? host : `${host}/${path}`,
      isDockerHub: false,
      apiHost: host,
    });
  });

  it('reads what it has written', () => {
    const { text, ...name } = parseRegistryName('Index.docker.io/team');
    expect(parseRegistryName(text)).toEqual({ text, ...name });
  });
});
