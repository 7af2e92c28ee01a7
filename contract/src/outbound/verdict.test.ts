import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addressVerdict,
  type DenialReason,
  hostVerdict,
  parseCidr,
  portAllowed,
  SERVICE_PORTS,
} from './index.ts';
import { surroundingsOf } from './surroundings.ts';

const policy = (over: Partial<{ allow: string[]; deny: string[]; ports: number[] }> = {}) => ({
  allow: [],
  deny: [],
  ports: [],
  ...over,
});

type Row = readonly [host: string, expected: 'address' | 'name' | DenialReason];

const SPELLINGS: readonly Row[] = [
  ['10.1.2.3', 'address'],
  ['172.16.0.1', 'address'],
  ['172.31.255.254', 'address'],
  ['192.168.1.64', 'address'],
  ['fd12:3456:789a::10', 'address'],
  ['[fd12:3456:789a::10]', 'address'],
  ['::ffff:192.168.1.64', 'address'],
  ['[::ffff:c0a8:140]', 'address'],
  ['64:ff9b::192.168.1.64', 'address'],
  ['2002:c0a8:0140::1', 'address'],
  ['camera.local', 'name'],
  ['front_door.lan', 'name'],
  ['CAMERA-1', 'name'],
  ['xn--kamera-5xa.example', 'name'],
  ['10.0.0.1.nip.io', 'name'],
  ['0x7f.example', 'name'],
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['localhost', 'loopback'],
  ['LocalHost', 'loopback'],
  ['camera.localhost', 'loopback'],
  ['::1', 'loopback'],
  ['[::1]', 'loopback'],
  ['0:0:0:0:0:0:0:1', 'loopback'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['::ffff:7f00:1', 'loopback'],
  ['0:0:0:0:0:ffff:7f00:0001', 'loopback'],
  ['::127.0.0.1', 'loopback'],
  ['64:ff9b::127.0.0.1', 'loopback'],
  ['64:ff9b::7f00:1', 'loopback'],
  ['2002:7f00:1::', 'loopback'],
  ['2002:7f00:1::1', 'loopback'],
  ['fe80::5efe:127.0.0.1', 'loopback'],
  ['2a00::200:5efe:7f00:1', 'loopback'],
  ['0.0.0.0', 'unspecified'],
  ['0.1.2.3', 'unspecified'],
  ['::', 'unspecified'],
  ['[::]', 'unspecified'],
  ['::ffff:0.0.0.0', 'unspecified'],
  ['169.254.169.254', 'link_local'],
  ['::ffff:169.254.169.254', 'link_local'],
  ['64:ff9b::a9fe:a9fe', 'link_local'],
  ['2002:a9fe:a9fe::', 'link_local'],
  ['fe80::1', 'link_local'],
  ['fd00:ec2::254', 'metadata'],
  ['224.0.0.1', 'multicast'],
  ['239.255.255.250', 'multicast'],
  ['ff02::1', 'multicast'],
  ['255.255.255.255', 'broadcast'],
  ['240.0.0.1', 'reserved'],
  ['192.0.0.192', 'reserved'],
  ['198.18.0.1', 'reserved'],
  ['2001::7f00:1', 'reserved'],
  ['2001:db8::1', 'reserved'],
  ['64:ff9b:1::7f00:1', 'reserved'],
  ['fec0::1', 'reserved'],
  ['100.100.100.200', 'shared'],
  ['8.8.8.8', 'public'],
  ['168.63.129.16', 'public'],
  ['2606:4700::1111', 'public'],
  ['::ffff:8.8.8.8', 'public'],
  ['127.1', 'host'],
  ['127.0.1', 'host'],
  ['10.1', 'host'],
  ['0177.0.0.1', 'host'],
  ['127.0.0.01', 'host'],
  ['0x7f.0.0.1', 'host'],
  ['0x7f000001', 'host'],
  ['0X7F.1', 'host'],
  ['2130706433', 'host'],
  ['017700000001', 'host'],
  ['127.0.0.1.', 'host'],
  ['localhost.', 'host'],
  ['1.2.3.4.5', 'host'],
  ['256.0.0.1', 'host'],
  ['foo.0x7f', 'host'],
  ['foo.127', 'host'],
  ['', 'host'],
  ['.', 'host'],
  ['a..b', 'host'],
  ['-camera', 'host'],
  ['camera%2elocal', 'host'],
  ['127%2e0%2e0%2e1', 'host'],
  ['１２７.0.0.1', 'host'],
  ['127。0。0。1', 'host'],
  ['ⓛocalhost', 'host'],
  ['fe80::1%eth0', 'host'],
  ['[127.0.0.1', 'host'],
  ['[camera]', 'host'],
  ['camera local', 'host'],
  ['camera\u0000', 'host'],
  ['user@camera', 'host'],
  ['camera/..', 'host'],
];

describe('hostVerdict', () => {
  test.each(SPELLINGS)('%j is %s', (host, expected) => {
    const verdict = hostVerdict(host, 554, policy());
    expect(verdict.allowed ? verdict.kind : verdict.reason).toBe(expected);
  });

  test('a refusal repeats nothing of the host', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 12 }), (text) => {
        const verdict = hostVerdict(text, 554, policy());
        return verdict.allowed || !verdict.message.includes(text);
      }),
    );
  });

  test('whatever the C library would read as a number is no name', () => {
    const number = fc.oneof(
      fc.nat().map(String),
      fc.nat().map((n) => `0x${n.toString(16)}`),
      fc.nat().map((n) => `0${n.toString(8)}`),
    );
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: 4 }), (parts) => {
        const verdict = hostVerdict(parts.join('.'), 554, policy());
        return !(verdict.allowed && verdict.kind === 'name');
      }),
    );
  });
});

describe('lists', () => {
  test.each([
    ['127.0.0.1', { allow: ['127.0.0.1'] }, true],
    ['127.0.0.1', { allow: ['127.0.0.0/8'] }, true],
    ['127.0.0.2', { allow: ['127.0.0.1/32'] }, false],
    ['::1', { allow: ['::1/128'] }, true],
    ['::ffff:127.0.0.1', { allow: ['127.0.0.1'] }, true],
    ['127.0.0.1', { allow: ['::ffff:127.0.0.0/104'] }, true],
    ['127.0.0.1', { allow: ['0.0.0.0/0'] }, false],
    ['169.254.169.254', { allow: ['0.0.0.0/0', '::/0'] }, false],
    ['64:ff9b::7f00:1', { allow: ['64:ff9b::/96'] }, false],
    ['8.8.8.8', { allow: ['0.0.0.0/0'] }, true],
    ['8.8.8.8', { allow: ['8.8.8.0/24'] }, true],
    ['2606:4700::1111', { allow: ['2606:4700::/32'] }, true],
    ['8.8.8.8', { allow: ['8.8.8.0/24'], deny: ['8.8.8.8'] }, false],
    ['10.0.0.1', { deny: ['10.0.0.0/8'] }, false],
    ['::ffff:10.0.0.1', { deny: ['10.0.0.0/8'] }, false],
    ['64:ff9b::a00:1', { deny: ['64:ff9b::/96'] }, false],
    ['10.0.0.1', { allow: ['10.0.0.1'], deny: ['10.0.0.1'] }, false],
    ['10.0.0.1', { deny: ['nonsense'] }, true],
  ])('%s with %j: %s', (ip, lists, allowed) => {
    expect(addressVerdict(ip, policy(lists)).allowed).toBe(allowed);
  });

  test('this machine and its containers are refused unless listed', () => {
    const mac = '00:00:00:00:00:00';
    const v4 = { netmask: '255.255.255.0', family: 'IPv4' as const, mac };
    const around = surroundingsOf({
      lo: [{ ...v4, address: '127.0.0.1', internal: true, cidr: '127.0.0.1/8' }],
      eth0: [{ ...v4, address: '192.168.1.2', internal: false, cidr: '192.168.1.2/24' }],
      docker0: [{ ...v4, address: '172.17.0.1', internal: false, cidr: '172.17.0.1/16' }],
    });
    const reason = (ip: string, allow: string[] = []) => {
      const verdict = addressVerdict(ip, policy({ allow }), around);
      return verdict.allowed ? 'allowed' : verdict.reason;
    };
    expect(reason('192.168.1.2')).toBe('own');
    expect(reason('192.168.1.3')).toBe('allowed');
    expect(reason('172.17.0.9')).toBe('own');
    expect(reason('172.18.0.9')).toBe('allowed');
    expect(reason('192.168.1.2', ['192.168.1.2'])).toBe('allowed');
  });

  test('localhost is allowed only when both loopback addresses are', () => {
    const allowed = (allow: string[]) => hostVerdict('localhost', 554, policy({ allow })).allowed;
    expect(allowed(['127.0.0.1'])).toBe(false);
    expect(allowed(['127.0.0.0/8', '::1'])).toBe(true);
  });

  test('addressVerdict gives back the address to connect to, never a name', () => {
    expect(addressVerdict('10.0.0.1', policy())).toEqual({ allowed: true, address: '10.0.0.1' });
    expect(addressVerdict('camera.local', policy()).allowed).toBe(false);
  });
});

describe('ports', () => {
  test.each([
    [554, [], true],
    [8554, [], true],
    [7441, [], true],
    [10554, [], true],
    [1024, [], true],
    [8080, [], true],
    [65535, [], true],
    [80, [], false],
    [80, [80], true],
    [88, [], false],
    [88, [88], true],
    [22, [22], false],
    [6379, [6379], false],
    [0, [0], false],
    [65536, [65536], false],
    [554.5, [], false],
  ])('%d with %j listed: %s', (port, listed, allowed) => {
    expect(portAllowed(port, listed)).toBe(allowed);
  });

  test('known services stay closed whatever is listed', () => {
    const listed = [...SERVICE_PORTS];
    expect(listed.filter((port) => portAllowed(port, listed))).toEqual([]);
    expect(hostVerdict('10.0.0.1', 6379, policy({ ports: listed }))).toMatchObject({ reason: 'port' });
  });
});

test.each([
  '10.0.0.0/33',
  '10.0.0.0/',
  '10.0.0.0/-1',
  '10.0.0.0/8/8',
  '10/8',
  '::/129',
  '10.0.0.0/08',
  'camera',
  '',
])('%j is no CIDR', (text) => expect(parseCidr(text)).toBeUndefined());
