import { describe, expect, it } from 'vitest';
import { type ForeignUse, Neighbourhood } from './neighbourhood.ts';

const isOpen = (registry: string, url: string, use: ForeignUse): boolean => {
  try {
    new Neighbourhood(registry).check(new URL(url), use);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'REDIRECT_REFUSED', registry });
    return false;
  }
};

describe('registry/http/neighbourhood', () => {
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
});
