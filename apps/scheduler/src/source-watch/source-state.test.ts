import { ERROR_CODES, type ErrorCode, SyncError } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { isWholeVersion, sourceState } from './source-state.ts';

const failed = (code: ErrorCode, side?: 'source' | 'target'): SyncError =>
  new SyncError(code, { message: 'failed', ...(side !== undefined && { side }) });

describe('scheduler/source-watch/source-state', () => {
  it.each([
    ['MANIFEST_UNKNOWN', 'gone'],
    ['REPOSITORY_UNKNOWN', 'gone'],
    ['DENIED', 'refused'],
    ['UNAUTHORIZED', 'refused'],
    ['SERVER_FAILED', 'failing'],
    ['NETWORK_FAILED', 'failing'],
  ] as const)('%s of the source says that it is %s, and of the target nothing', (code, state) => {
    expect(sourceState(failed(code, 'source'))).toBe(state);
    expect(sourceState(failed(code, 'target'))).toBeUndefined();
    expect(sourceState(failed(code))).toBeUndefined();
  });

  it('takes what is of the config, or asks to wait, for nothing of the source', () => {
    const codes = Object.entries(ERROR_CODES).filter(
      ([, kind]) => kind === 'config' || kind === 'rate-limited',
    );
    for (const [code] of codes) expect(sourceState(failed(code as ErrorCode, 'source'))).toBeUndefined();
    expect(sourceState(failed('TAGS_TOO_FEW', 'source'))).toBeUndefined();
  });

  it.each(['1.4.2', 'v0.1.0', '1.4.2-rc.1', '1.4.2-alpine3.20'])('takes %s for a whole version', (tag) => {
    expect(isWholeVersion(tag)).toBe(true);
  });

  it.each(['1.4', 'latest', '1.4.x', '1.4.2.1', 'v1', '1.4.2_1', 'x1.4.2'])(
    'takes %s for a tag that may move',
    (tag) => {
      expect(isWholeVersion(tag)).toBe(false);
    },
  );
});
