import {
  type CopyRequest,
  type Location,
  parsePlatform,
  parseReference,
  parseRegistryName,
} from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { copyArguments, type SideArguments } from './arguments.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

function location(tls: Partial<Location['tls']> = {}): Location {
  return {
    registry: parseRegistryName('ignored'),
    auth: { kind: 'ambient' },
    tls: { skipVerify: false, certsDir: '', ...tls },
  };
}

interface Case {
  readonly source?: string;
  readonly target?: string;
  readonly platform?: string;
  readonly sourceSide?: Partial<SideArguments>;
  readonly targetSide?: Partial<SideArguments>;
}

function argumentsOf(given: Case): string[] {
  const platform = parsePlatform(given.platform ?? '');
  const request: CopyRequest = {
    relay: 'skopeo',
    source: parseReference(given.source ?? 'a.example/app:1'),
    target: parseReference(given.target ?? 'b.example/app:1'),
    ...(platform !== undefined && { platform }),
  };
  return copyArguments({
    request,
    source: { location: location(), certificates: '/certs/a.example', ...given.sourceSide },
    target: { location: location(), certificates: '/certs/b.example', ...given.targetSide },
    keepsDigest: false,
    digestFile: '/private/digest',
  });
}

describe('relay/skopeo/arguments', () => {
  it('names both sides with their certificates and nothing more', () => {
    expect(argumentsOf({})).toEqual([
      '--insecure-policy',
      'copy',
      '--src-cert-dir=/certs/a.example',
      '--dest-cert-dir=/certs/b.example',
      '--digestfile=/private/digest',
      'docker://a.example/app:1',
      'docker://b.example/app:1',
    ]);
  });

  it('keeps the order of dregsy, with auth files where dregsy has credentials', () => {
    const given = argumentsOf({
      platform: 'linux/arm64/v8',
      sourceSide: { location: location({ skipVerify: true }), authFile: '/private/source.json' },
      targetSide: { location: location({ skipVerify: true }), authFile: '/private/target.json' },
    });
    expect(given).toEqual([
      '--insecure-policy',
      'copy',
      '--src-tls-verify=false',
      '--dest-tls-verify=false',
      '--src-cert-dir=/certs/a.example',
      '--dest-cert-dir=/certs/b.example',
      '--src-authfile=/private/source.json',
      '--dest-authfile=/private/target.json',
      '--digestfile=/private/digest',
      'docker://a.example/app:1',
      'docker://b.example/app:1',
      '--override-os=linux',
      '--override-arch=arm64',
      '--override-variant=v8',
    ]);
  });

  it.each([
    ['', []],
    ['all', ['--all']],
    ['linux', ['--override-os=linux']],
    ['linux/amd64', ['--override-os=linux', '--override-arch=amd64']],
    ['/arm', ['--override-arch=arm']],
  ])('turns the platform "%s" into %j after the names', (platform, flags) => {
    expect(argumentsOf({ platform }).slice(7)).toEqual(flags);
  });

  it('reads a digest and writes a tag where a reference has both', () => {
    const given = argumentsOf({
      source: `a.example/app:1@${DIGEST}`,
      target: `b.example/app:1@${DIGEST}`,
    });
    expect(given.slice(5)).toEqual([`docker://a.example/app@${DIGEST}`, 'docker://b.example/app:1']);
  });

  it('writes to a digest where there is no tag', () => {
    const given = argumentsOf({ source: `a.example/app@${DIGEST}`, target: `b.example/app@${DIGEST}` });
    expect(given.slice(5)).toEqual([`docker://a.example/app@${DIGEST}`, `docker://b.example/app@${DIGEST}`]);
  });
});
