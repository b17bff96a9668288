import { describe, expect, it } from 'vitest';
import { isProxyExempt } from './no-proxy.ts';

describe('registry/http/no-proxy', () => {
  it.each([
    ['https://registry.example.com', 'registry.example.com', true],
    ['https://registry.example.com', 'example.com', true],
    ['https://registry.example.com', '.example.com', true],
    ['https://registry.example.com', '*.example.com', true],
    ['https://example.com', '.example.com', false],
    ['https://example.com', '*.example.com', false],
    ['https://badexample.com', 'example.com', false],
    ['https://REGISTRY.example.com', 'Registry.Example.COM', true],
    ['https://registry.example.com', 'a.com, b.com  registry.example.com', true],
    ['https://registry.example.com', '*', true],
    ['https://registry.example.com', '', false],
    ['https://registry.example.com', 'registry.example.com:443', true],
    ['https://registry.example.com', 'registry.example.com:8443', false],
    ['https://registry.example.com:8443', 'example.com:8443', true],
    ['http://registry.example.com', 'registry.example.com:80', true],
    ['https://10.1.2.3', '10.0.0.0/8', true],
    ['https://10.1.2.3:5000', '10.1.2.0/24', true],
    ['https://11.1.2.3', '10.0.0.0/8', false],
    ['https://10.1.2.3', '10.1.2.3', true],
    ['https://10.1.2.3:5000', '10.1.2.3:5001', false],
    ['https://[fd00::12]', 'fd00::/8', true],
    ['https://[fd00::12]', 'fd00::12', true],
    ['https://[fd00::12]:5000', '[fd00::12]:5000', true],
    ['https://[fd00::12]:5000', '[fd00::12]:5001', false],
    ['https://[fe80::1]', 'fd00::/8', false],
    ['https://registry.example.com', '10.0.0.0/8', false],
    ['https://10.1.2.3', '10.0.0.0/99', false],
    ['https://10.1.2.3', 'nonsense/8', false],
  ])('%s with NO_PROXY=%s: %s', (url, list, expected) => {
    expect(isProxyExempt(new URL(url), list)).toBe(expected);
  });
});
