import { describe, expect, it } from 'vitest';
import { socketFolder, socketPath } from './socket-path.ts';

const folderOfBytes = (bytes: number): string => `/${'x'.repeat(bytes - 1)}`;
const SOCKET_BYTES = '/redis.sock'.length;

describe('runtime/local-redis/socket-path', () => {
  it('stays in the data folder while the path fits', () => {
    const folder = folderOfBytes(107 - SOCKET_BYTES);
    expect(socketFolder(folder, '/tmp')).toBe(folder);
    expect(socketPath(folder)).toHaveLength(107);
  });

  it('goes to the temporary folder when the path is too long, to the same place every time', () => {
    const folder = folderOfBytes(108 - SOCKET_BYTES);
    expect(socketFolder(folder, '/tmp')).toMatch(/^\/tmp\/regfleet-[0-9a-f]{16}$/);
    expect(socketFolder(folder, '/tmp')).toBe(socketFolder(folder, '/tmp'));
    expect(socketFolder(folder, '/tmp')).not.toBe(socketFolder(`${folder}y`, '/tmp'));
  });

  it('counts bytes, not characters', () => {
    expect(socketFolder(`/${'ä'.repeat(60)}`, '/tmp')).toMatch(/^\/tmp\//);
  });

  it('gives up where both are too long', () => {
    expect(() => socketFolder(folderOfBytes(120), folderOfBytes(120))).toThrow(/longer than 107 bytes/);
  });
});
