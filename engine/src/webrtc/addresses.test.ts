import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { ownAddresses, reachableAddresses } from './addresses.ts';

const one = (address: string, internal = false): NetworkInterfaceInfo => {
  const family = address.includes(':')
    ? { family: 'IPv6' as const, scopeid: 0 }
    : { family: 'IPv4' as const };
  return { address, internal, netmask: '', mac: '', cidr: null, ...family };
};
const interfaces = {
  lo: [one('127.0.0.1', true), one('::1', true)],
  eth0: [one('fe80::1'), one('2001:db8::5'), one('192.168.1.5'), one('169.254.3.4')],
  docker0: [one('172.17.0.1')],
};
const BARE = { host: '', announced: [], local: false, interfaces };

describe('addresses told to a peer', () => {
  it.each([
    ['those of the interfaces', {}, ['192.168.1.5', '172.17.0.1', '2001:db8::5']],
    [
      'loopback first, on this machine',
      { local: true },
      ['127.0.0.1', '::1', '192.168.1.5', '172.17.0.1', '2001:db8::5'],
    ],
    [
      'only what was announced',
      { announced: ['cam.example.org', '203.0.113.7'] },
      ['cam.example.org', '203.0.113.7'],
    ],
    ['the one it is bound to', { host: '192.168.1.5' }, ['192.168.1.5']],
    ['all, when bound to all', { host: '0.0.0.0' }, ['192.168.1.5', '172.17.0.1', '2001:db8::5']],
    ['loopback, where there is nothing else', { interfaces: { lo: interfaces.lo } }, ['127.0.0.1', '::1']],
    [
      'not more than a dozen',
      { announced: Array.from({ length: 20 }, (_, at) => `10.0.0.${at}`) },
      Array.from({ length: 12 }, (_, at) => `10.0.0.${at}`),
    ],
  ])('are %s', (_what, options, addresses) => {
    expect(reachableAddresses({ ...BARE, ...options })).toEqual(addresses);
  });
});

it('covers every address that can be told, whoever asks', () => {
  expect(ownAddresses(interfaces)).toEqual([
    ...['127.0.0.1', '::1', '2001:db8::5', '192.168.1.5'],
    '172.17.0.1',
  ]);
});
