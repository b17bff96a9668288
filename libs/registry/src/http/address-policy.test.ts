import { describe, expect, it } from 'vitest';
import { AddressPolicy, type ForeignUse } from './address-policy.ts';
import type { Lookup } from './shared-lookups.ts';

const isOpen = (registry: string, url: string, use: ForeignUse): boolean => {
  try {
    new AddressPolicy(registry).check(new URL(url), use);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'REDIRECT_REFUSED', registry });
    return false;
  }
};

const FAR = new URL('http://far.example.com/x');

/** What names resolve to; others are not known. */
const names =
  (known: Readonly<Record<string, readonly string[]>>): Lookup =>
  (hostname, _options, callback) => {
    const addresses = known[hostname];
    if (addresses === undefined) callback(new Error(`ENOTFOUND ${hostname}`), []);
    else
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
  };

describe('registry/http/address-policy', () => {
  it.each<[string, string, ForeignUse, boolean]>([
    ['example.com', 'https://auth.example.com/token', 'service', true],
    ['example.com', 'https://127.0.0.1/token', 'service', false],
    ['example.com', 'https://localhost/token', 'service', false],
    ['example.com', 'https://[::1]/token', 'service', false],
    ['example.com', 'https://[::ffff:7f00:1]/token', 'service', false],
    ['example.com', 'https://2130706433/token', 'service', false],
    ['example.com', 'https://169.254.169.254/latest', 'service', false],
    ['example.com', 'https://10.0.0.1/token', 'service', false],
    ['example.com', 'https://169.254.169.254/latest', 'redirect', false],
    ['example.com', 'https://127.0.0.1/blob', 'redirect', false],
    ['example.com', 'https://10.0.0.1/blob', 'redirect', true],
    ['10.0.0.9:5000', 'https://10.0.0.1/token', 'service', true],
    ['10.0.0.9:5000', 'https://127.0.0.1/token', 'service', false],
    ['10.0.0.9:5000', 'https://169.254.169.254/latest', 'service', false],
    ['127.0.0.1:5000', 'http://127.0.0.1:5001/token', 'service', true],
    ['localhost:5000', 'http://127.0.0.1:5001/token', 'service', true],
    ['127.0.0.1:5000', 'http://10.0.0.1/token', 'service', true],
    ['127.0.0.1:5000', 'http://169.254.169.254/token', 'service', false],
    ['example.com', 'http://[fd00:ec2::254]/latest', 'redirect', false],
    ['example.com', 'http://168.63.129.16/', 'redirect', false],
    ['10.0.0.9:5000', 'http://[fd20:ce::254]/', 'service', false],
    ['100.100.100.200', 'http://100.100.100.200:81/', 'redirect', false],
    ['example.com', 'http://198.18.0.1/blob', 'redirect', false],
    ['10.0.0.9:5000', 'http://224.0.0.1/blob', 'redirect', false],
    ['198.18.0.1:5000', 'http://198.18.0.2/token', 'service', true],
  ])('%s may send us to %s as %s: %s', (registry, url, use, expected) => {
    expect(isOpen(registry, url, use)).toBe(expected);
  });

  it.each<[readonly string[], ForeignUse, readonly string[], boolean]>([
    [['8.8.8.8'], 'service', [], true],
    [['10.0.0.1'], 'redirect', [], true],
    [['10.0.0.1'], 'service', ['8.8.4.4'], false],
    [['10.0.0.1'], 'service', ['10.0.0.9'], true],
    [['10.0.0.1'], 'service', ['10.0.0.9', '8.8.4.4'], false],
    [['10.0.0.1', '127.0.0.1'], 'service', ['10.0.0.9'], true],
    [['127.0.0.1'], 'redirect', ['127.0.0.1'], false],
    [['169.254.169.254'], 'redirect', ['169.254.169.254'], false],
    [['fd00:ec2::254', '127.0.0.1'], 'redirect', [], false],
    [['127.0.0.1', '198.18.0.7'], 'redirect', [], false],
    // One of several, as forged by what filters names.
    [['8.8.8.8', '10.0.0.1'], 'service', ['8.8.4.4'], true],
    [['8.8.8.8', 'fd00:ec2::254'], 'redirect', [], true],
    [['8.8.8.8', '2001::1'], 'service', [], true],
  ])('a proxy may be asked for %j as %s by a registry at %j: %s', async (addresses, use, own, expected) => {
    const resolver = names({ 'far.example.com': addresses, 'r.example.com': own });
    const checked = new AddressPolicy('r.example.com', resolver).checkProxied(FAR, use, 60_000);
    if (expected) expect(await checked).toBe(true);
    else
      await expect(checked).rejects.toMatchObject({
        code: 'REDIRECT_REFUSED',
        hint: expect.stringContaining('does the DNS of this machine answer with another address'),
      });
  });

  it.each<[string, Lookup]>([
    ['not known here', names({})],
    ['not told in time', () => undefined],
    // Some name servers answer all questions with addresses of their own.
    ['told to be no host', names({ 'far.example.com': ['192.0.2.1', '2001::1'] })],
  ])('leaves to a proxy what is %s', async (_title, resolver) => {
    const addressPolicy = new AddressPolicy('r.example.com', resolver);
    expect(await addressPolicy.checkProxied(FAR, 'service', 1)).toBe(false);
  });
});
