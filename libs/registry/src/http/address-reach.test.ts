import { describe, expect, it } from 'vitest';
import { addressReach, hostReach } from './address-reach.ts';

describe('registry/http/address-reach', () => {
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
    ['fec0::1', 'private'],
    ['fe80::1%eth0', 'link-local'],
    // IPv4-compatible and IPv4-translated.
    ['::127.0.0.1', 'loopback'],
    ['::169.254.169.254', 'link-local'],
    ['::8.8.8.8', 'public'],
    ['::ffff:0:10.0.0.1', 'private'],
    // NAT64.
    ['64:ff9b::127.0.0.1', 'loopback'],
    ['64:ff9b::a9fe:a9fe', 'link-local'],
    ['64:ff9b::10.0.0.1', 'private'],
    ['64:ff9b::8.8.8.8', 'public'],
    ['64:ff9b:0:1::127.0.0.1', 'public'],
    // NAT64 of one's own, whose prefixes may have 48, 56, 64 or 96 bits.
    ['64:ff9b:1::169.254.169.254', 'link-local'],
    ['64:ff9b:1:2:3:4:169.254.169.254', 'link-local'],
    ['64:ff9b:1:a9fe:a9:fe00::', 'link-local'],
    ['64:ff9b:1:a9fe:a9:fe00:8.8.8.8', 'link-local'],
    ['64:ff9b:1:a9:fe:a9fe::', 'link-local'],
    ['64:ff9b:1:0:a9:fea9:fe00:0', 'link-local'],
    ['64:ff9b:1::8.8.8.8', 'public'],
    ['64:ff9b:1:808:8:800::', 'public'],
    ['64:ff9b:1::', 'loopback'],
    // 6to4.
    ['2002:7f00:1::', 'loopback'],
    ['2002:a9fe:a9fe::1', 'link-local'],
    ['2002:c0a8:101::1', 'private'],
    ['2002:808:808::1', 'public'],
    // Teredo, which inverts the address behind its server's.
    ['2001:0:808:808:0:0:80ff:fffe', 'loopback'],
    ['2001:0:808:808:0:0:5601:5601', 'link-local'],
    ['2001:0:a00:1:0:0:f7f7:f7f7', 'public'],
    ['8.8.8.8', 'public'],
    ['1.1.1.1', 'public'],
    ['223.255.255.255', 'public'],
    ['2606:4700::1', 'public'],
    ['2001:4860::1', 'public'],
    // What clouds tell machines, outside link-local.
    ['fd00:ec2::254', 'metadata'],
    ['fd00:ec2::253', 'private'],
    ['fd20:ce::254', 'metadata'],
    ['100.100.100.200', 'metadata'],
    ['::ffff:100.100.100.200', 'metadata'],
    ['64:ff9b::168.63.129.16', 'metadata'],
    ['168.63.129.16', 'metadata'],
    ['192.0.0.192', 'metadata'],
    // Special purposes.
    ['192.0.0.8', 'special-purpose'],
    ['192.0.2.1', 'special-purpose'],
    ['192.88.99.1', 'special-purpose'],
    ['198.18.0.1', 'special-purpose'],
    ['198.19.255.255', 'special-purpose'],
    ['198.51.100.1', 'special-purpose'],
    ['203.0.113.1', 'special-purpose'],
    ['224.0.0.1', 'special-purpose'],
    ['239.255.255.250', 'special-purpose'],
    ['240.0.0.1', 'special-purpose'],
    ['255.255.255.255', 'special-purpose'],
    ['::ffff:255.255.255.255', 'special-purpose'],
    ['2002:e000:1::', 'special-purpose'],
    ['100::1', 'special-purpose'],
    ['100:0:0:1::1', 'special-purpose'],
    ['2001:2::1', 'special-purpose'],
    ['2001:10::1', 'special-purpose'],
    ['2001:20::1', 'special-purpose'],
    ['2001:db8::1', 'special-purpose'],
    ['3fff::1', 'special-purpose'],
    ['5f00::1', 'special-purpose'],
    ['ff02::1', 'special-purpose'],
    // Of the places in NAT64 of one's own, the one that is multicast is none.
    ['64:ff9b:1:808:e0:800::', 'public'],
  ])('%s is %s', (address, reach) => {
    expect(addressReach(address)).toBe(reach);
  });

  it.each([
    ['localhost', 'loopback'],
    ['registry.localhost', 'loopback'],
    ['192.168.1.1', 'private'],
    ['notlocalhost', undefined],
    ['metadata.google.internal', 'metadata'],
    ['METADATA.google.internal.', 'metadata'],
    ['metadata.goog', 'metadata'],
    ['metadata', 'metadata'],
    ['instance-data', 'metadata'],
    ['instance-data.ec2.internal', 'metadata'],
    ['metadata.tencentyun.com', 'metadata'],
    ['metadata.example.com', undefined],
    ['metadata-store.internal', undefined],
    ['example.com', undefined],
  ])('the name %s alone tells %s', (host, reach) => {
    expect(hostReach(host)).toBe(reach);
  });
});
