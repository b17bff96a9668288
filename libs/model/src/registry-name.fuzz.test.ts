import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuzzRuns } from './fuzz-runs.fixture.ts';
import { DOCKER_HUB_HOSTS, parseRegistryName } from './registry-name.ts';

const cased = (word: string): fc.Arbitrary<string> =>
  fc
    .array(fc.boolean(), { minLength: word.length, maxLength: word.length })
    .map((upper) => [...word].map((letter, at) => (upper[at] ? letter.toUpperCase() : letter)).join(''));

const hub = fc.constantFrom(...DOCKER_HUB_HOSTS).chain(cased);
const host = fc.oneof(hub, fc.domain(), fc.constantFrom('localhost:5000', '[::1]:5000', '127.0.0.1', ''));
const path = fc
  .array(fc.constantFrom('/', 'a', 'team/App', '..', ' ', ':', '@', 'docker.io'))
  .map((parts) => parts.join(''));
const written = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.tuple(host, path).map(([name, rest]) => (rest === '' ? name : `${name}/${rest}`)),
);

describe('model/registry-name, whatever is written', () => {
  it('reads the same again from what it says', () => {
    fc.assert(
      fc.property(written, (text) => {
        const name = parseRegistryName(text);
        expect(parseRegistryName(name.text)).toEqual(name);
        expect(name.host).not.toContain('/');
        expect(name.host).toBe(name.host.toLowerCase());
        expect(name.path).not.toMatch(/^\/|\/$/);
        expect(name.isDockerHub).toBe(DOCKER_HUB_HOSTS.includes(name.apiHost));
      }),
      fuzzRuns(),
    );
  });

  it('knows Docker Hub by each of its names, and nobody else by them', () => {
    fc.assert(
      fc.property(hub, path, fc.constantFrom('x', '.', '-', ':443'), (name, rest, more) => {
        const { isDockerHub, host: known } = parseRegistryName(`${name}/${rest}`);
        expect([isDockerHub, known]).toEqual([true, DOCKER_HUB_HOSTS[0]]);
        expect(parseRegistryName(`${name}${more}/${rest}`).isDockerHub).toBe(false);
        expect(parseRegistryName(`${more}${name}`).isDockerHub).toBe(false);
      }),
      fuzzRuns(),
    );
  });
});
