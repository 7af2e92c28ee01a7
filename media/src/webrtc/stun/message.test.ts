import { createSecretKey } from 'node:crypto';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedError } from '../../bytes/index.ts';
import { ATTRIBUTE, BINDING, readStun, readXorAddress, writeStun, writeXorAddress } from './index.ts';

const key = createSecretKey(Buffer.from('VOkJxbRl1RmTxUk/WvJxBt'));

/** RFC 5769 2.1: a request with SOFTWARE, PRIORITY, ICE-CONTROLLED, USERNAME (padded with spaces). */
const request = bytes(`
  00010058 2112a442 b7e7a701 bc34d686 fa87dfae
  80220010 5354554e 20746573 7420636c 69656e74 00240004 6e0001ff 80290008 932ff9b1 51263b36
  00060009 6576746a 3a683676 59202020 00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2
  80280004 e57a3bcf`);

/** RFC 5769 2.2 and 2.3: responses with SOFTWARE padded with a space. */
const responses: [string, string, string][] = [
  [
    '192.0.2.1',
    '00 01 a147 e112a643',
    `0101003c 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220
     00200008 0001a147 e112a643 00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7 80280004 c07d4c96`,
  ],
  [
    '2001:db8:1234:5678:11:2233:4455:6677',
    '00 02 a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9',
    `01010048 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220
     00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9
     00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41 80280004 c8fb0b4c`,
  ],
];

function bytes(hex: string): Buffer {
  return Buffer.from(hex.replace(/\s/g, ''), 'hex');
}

const transaction = request.subarray(8, 20);

function attributes(count: number): [number, Buffer][] {
  return Array.from({ length: count }, (_, i) => [0x8100 + i, Buffer.alloc(i, i)]);
}

describe('STUN', () => {
  it('reads the request of RFC 5769 and verifies it with the right password only', () => {
    const message = readStun(request, 0, request.length);
    expect(message.type).toBe(BINDING.request);
    expect(message.transaction).toEqual(transaction);
    expect(message.attributes.get(ATTRIBUTE.username)?.toString()).toBe('evtj:h6vY');
    expect(message.attributes.get(ATTRIBUTE.priority)?.readUInt32BE()).toBe(0x6e0001ff);
    expect(message.hasFingerprint).toBe(true);
    expect(message.isSignedWith(key)).toBe(true);
    expect(message.isSignedWith(createSecretKey(Buffer.from('VOkJxbRl1RmTxUk/WvJxBT')))).toBe(false);
  });

  it.each(responses)(
    'reads the response of RFC 5769 for %s, and writes its address',
    (address, value, hex) => {
      const b = bytes(hex);
      const message = readStun(b, 0, b.length);
      expect(message.isSignedWith(key)).toBe(true);
      const mapped = message.attributes.get(ATTRIBUTE.xorMappedAddress)!;
      expect(readXorAddress(mapped, transaction)).toEqual({ address, port: 32853 });
      expect(writeXorAddress({ address, port: 32853 }, transaction)).toEqual(bytes(value));
    },
  );

  it.each([
    ['::1', '::1', '0:0:0:0:0:0:0:1'],
    ['a zone', 'fe80::1%eth0', 'fe80:0:0:0:0:0:0:1'],
    ['IPv4 inside IPv6', '::ffff:10.1.2.3', '10.1.2.3'],
    ['IPv4 at the end of IPv6', '64:ff9b::10.1.2.3', '64:ff9b:0:0:0:0:a01:203'],
    ['a prefix', '2001:db8::', '2001:db8:0:0:0:0:0:0'],
  ])('writes %s and reads it back', (_, address, read) => {
    const value = writeXorAddress({ address, port: 1 }, transaction);
    expect(readXorAddress(value, transaction)).toEqual({ address: read, port: 1 });
  });

  it('writes what it reads, with and without a key', () => {
    for (const signer of [key, undefined]) {
      const b = writeStun(BINDING.success, transaction, attributes(6), signer);
      const message = readStun(b, 0, b.length);
      expect([...message.attributes]).toEqual(attributes(6));
      expect(message.isSignedWith(key)).toBe(signer !== undefined);
      expect(message.hasFingerprint).toBe(true);
    }
  });

  it('ignores what stands between integrity and fingerprint: nobody signed it', () => {
    const signed = writeStun(BINDING.request, transaction, attributes(1), key);
    const late = bytes('00250000');
    const at = signed.length - 8;
    const b = Buffer.concat([signed.subarray(0, at), late, signed.subarray(at)]);
    b.writeUInt16BE(b.length - 20, 2);
    const whole = readStun(refingerprint(b), 0, b.length);
    expect(whole.isSignedWith(key)).toBe(true);
    expect(whole.attributes.has(ATTRIBUTE.useCandidate)).toBe(false);
  });

  const broken: [string, (b: Buffer) => Buffer][] = [
    ['too short', (b) => b.subarray(0, 19)],
    ['too long', () => writeStun(BINDING.request, transaction, [[0x8022, Buffer.alloc(1100)]], key)],
    ['another length', (b) => patched(b, 3, 0x5c)],
    ['no magic cookie', (b) => patched(b, 4, 0x20)],
    ['a type with the first bits set', (b) => patched(b, 0, 0x40)],
    ['a wrong fingerprint', (b) => patched(b, b.length - 1, 0)],
    ['an attribute beyond the end', (b) => patched(b, 23, 0xff)],
    ['integrity of another size', (b) => patched(b, 79, 0x10)],
  ];
  it.each(broken)('refuses %s', (_, breakIt) => {
    const b = breakIt(Buffer.from(request));
    expect(() => readStun(b, 0, b.length)).toThrow(MalformedError);
  });

  it('survives 100,000 inputs, random and mutated, with MalformedError alone', () => {
    let read = 0;
    const mutated = fc
      .tuple(
        fc.constantFrom(request, ...responses.map(([, , hex]) => bytes(hex))),
        fc.nat(7),
        fc.nat(),
        fc.nat(255),
      )
      .map(([b, kind, at, value]) => mutate(b, kind, at, value));
    fc.assert(
      fc.property(
        fc.oneof(
          mutated,
          fc.uint8Array({ maxLength: 200 }).map((b) => Buffer.from(b)),
        ),
        (b) => {
          try {
            const message = readStun(b, 0, b.length);
            message.isSignedWith(key);
            read++;
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedError);
          }
        },
      ),
      { seed: 4, numRuns: 100_000 },
    );
    expect(read).toBeGreaterThan(1000);
  });
});

/** Some mutations get the fingerprint right again, so that what lies behind it is reached. */
function mutate(source: Buffer, kind: number, at: number, value: number): Buffer {
  const b = Buffer.from(source);
  if (kind === 0) return b.subarray(0, at % b.length);
  b[at % b.length] = value;
  return kind < 4 ? b : refingerprint(b);
}

function refingerprint(b: Buffer): Buffer {
  b.writeUInt32BE((crc32(b.subarray(0, b.length - 8)) ^ 0x5354554e) >>> 0, b.length - 4);
  return b;
}

function patched(b: Buffer, at: number, value: number): Buffer {
  b[at] = value;
  return b;
}
