import { describe, expect, it } from 'vitest';
import { addressReach, hostReach } from './reach.ts';

describe('registry/http/reach', () => {
  it.each([
    ['127.0.0.1', 'loopback'],
    ['127.8.9.1', 'loopback'],
    ['0.0.0.0', 'loopback'],
    ['::1', 'loopback'],
    ['::', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['169.254.169.254', 'link-local'],
    ['::ffff:169.254.169.254', 'link-local'],
    ['fe80::1', 'link-local'],
    ['10.0.0.1', 'private'],
    ['172.16.0.1', 'private'],
    ['172.32.0.1', 'public'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['fd12::1', 'private'],
    ['8.8.8.8', 'public'],
    ['2001:db8::1', 'public'],
  ])('%s is %s', (address, reach) => {
    expect(addressReach(address)).toBe(reach);
  });

  it.each([
    ['localhost', 'loopback'],
    ['registry.localhost', 'loopback'],
    ['192.168.1.1', 'private'],
    ['notlocalhost', undefined],
    ['example.com', undefined],
  ])('the name %s alone tells %s', (host, reach) => {
    expect(hostReach(host)).toBe(reach);
  });
});
