import { expectLinear } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { FAILURE_FORMS as DOCKER_FORMS } from './docker/failure-forms.ts';
import { inOrder } from './failure-pattern.ts';
import { failedSide } from './skopeo/failed-side.ts';
import { FAILURE_FORMS as SKOPEO_FORMS } from './skopeo/failure-forms.ts';
import { fatalMessage } from './skopeo/fatal-message.ts';

describe('relay/failure-pattern', () => {
  it.each([
    ['Blob x: 404 not found', true],
    ['404 of a blob', false],
    ['blob sha256:4040 gone', false],
    ['blob\nstatus 404', true],
  ])('finds the parts of %j in their order: %s', (text, expected) => {
    const pattern = inOrder('blob', /\b404\b/g);
    expect(pattern.test(text)).toBe(expected);
    expect(pattern.test(text)).toBe(expected);
  });

  it('classifies a megabyte of whatever a registry makes a tool say in a moment', () => {
    const words = ['from manifest list: ', 'uploading manifest sha256:1 to ', 'manifest for ', 'blob '];
    const seeds = [...words, words.join(''), 'level=fatal msg="', 'level=fatal msg="\\"', 'status code: '];
    const request = { source: { registry: 'a.com' }, target: { registry: 'b.com' } };
    for (const { pattern } of [...SKOPEO_FORMS, ...DOCKER_FORMS]) {
      expectLinear((text) => pattern.test(text), [...seeds, String(Object(pattern).source)]);
    }
    expectLinear(fatalMessage, seeds);
    expectLinear((text) => failedSide(text, request as Parameters<typeof failedSide>[1]), seeds);
  });
});
