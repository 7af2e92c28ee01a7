import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RtmpError } from './errors.ts';
import { clientHello, Handshake, serverHello } from './handshake.ts';

const PACKET = 1536;
const PLAYER = Buffer.from('Genuine Adobe Flash Player 001');
const SERVER = Buffer.from('Genuine Adobe Flash Media Server 001');

/** A C1 with a digest, as Adobe's clients made it, the offset stated at `scheme`. */
function digestC1(scheme: number): Buffer {
  const c1 = randomBytes(PACKET);
  c1.writeUInt32BE(0x09007c02, 4);
  const at = offsetIn(c1, scheme);
  createHmac('sha256', PLAYER)
    .update(c1.subarray(0, at))
    .update(c1.subarray(at + 32))
    .digest()
    .copy(c1, at);
  return c1;
}

function offsetIn(packet: Buffer, scheme: number): number {
  const sum = packet[scheme]! + packet[scheme + 1]! + packet[scheme + 2]! + packet[scheme + 3]!;
  return (sum % 728) + scheme + 4;
}

function world(role: 'server' | 'client'): { handshake: Handshake; written: Buffer[] } {
  const written: Buffer[] = [];
  const handshake = new Handshake(role, { write: (bytes) => void written.push(bytes), random: randomBytes });
  return { handshake, written };
}

describe('quirk 63: the handshake of a server', () => {
  it('answers a simple one with an echo', () => {
    const c1 = Buffer.concat([Buffer.alloc(8), randomBytes(PACKET - 8)]);
    const hello = serverHello(c1, randomBytes);
    expect(hello).toHaveLength(1 + 2 * PACKET);
    expect(hello[0]).toBe(3);
    expect(hello.readUInt32BE(5)).toBe(0);
    expect(hello.subarray(1 + PACKET)).toEqual(c1);
  });

  it('answers a version without a digest with an echo', () => {
    const c1 = randomBytes(PACKET);
    expect(serverHello(c1, randomBytes).subarray(1 + PACKET)).toEqual(c1);
  });

  it.each([772, 8])('answers a digest whose offset is at %i with one the client can check', (scheme) => {
    const c1 = digestC1(scheme);
    const hello = serverHello(c1, randomBytes);
    const s1 = hello.subarray(1, 1 + PACKET);
    const at = offsetIn(s1, scheme);
    const expected = createHmac('sha256', SERVER)
      .update(s1.subarray(0, at))
      .update(s1.subarray(at + 32))
      .digest();
    expect(s1.subarray(at, at + 32)).toEqual(expected);
    expect(hello.subarray(1 + PACKET)).not.toEqual(c1);
  });

  it.each([6, 8, 9])('says that version %i, RTMPE, is not spoken', (version) => {
    const { handshake } = world('server');
    expect(() => handshake.read(Buffer.from([version]), 0, 1)).toThrow('RTMPE');
  });

  it.each(['GET / HTTP/1.1', '\x16\x03\x01', 'OPTIONS *'])('refuses %j', (text) => {
    const { handshake } = world('server');
    expect(() => handshake.read(Buffer.from(text, 'latin1'), 0, text.length)).toThrow(RtmpError);
  });
});

it('client and server come to an end with each other, however the bytes are cut', () => {
  for (const size of [1, 100, 1536, 1537, 4000]) {
    const [client, server] = [world('client'), world('server')];
    const rest = Buffer.from('rest');
    const carry = (from: typeof client, to: typeof client, more: Buffer): Buffer => {
      const bytes = Buffer.concat([...from.written.splice(0), more]);
      let at = 0;
      while (at < bytes.length && !to.handshake.done)
        at = to.handshake.read(bytes, at, Math.min(at + size, bytes.length));
      return bytes.subarray(at);
    };
    carry(client, server, Buffer.alloc(0));
    expect(carry(server, client, rest)).toEqual(rest);
    expect(client.handshake.done).toBe(true);
    expect(carry(client, server, rest)).toEqual(rest);
    expect(server.handshake.done).toBe(true);
  }
});

it('a client says nothing of its version', () => {
  expect(clientHello(randomBytes).subarray(0, 9)).toEqual(Buffer.from([3, 0, 0, 0, 0, 0, 0, 0, 0]));
});

it('100,000 generated C1: always a whole answer', () => {
  const still = (size: number): Buffer => Buffer.alloc(size, 7);
  const c1 = Buffer.alloc(PACKET);
  const change = fc.array(fc.tuple(fc.constantFrom(4, 8, 9, 10, 11, 772, 773, 774, 775, 1535), fc.nat(255)), {
    maxLength: 6,
  });
  fc.assert(
    fc.property(change, (changes) => {
      for (const [at, value] of changes) c1[at] = value;
      return serverHello(c1, still).length === 1 + 2 * PACKET;
    }),
    { seed: 65, numRuns: 100_000 },
  );
  expect(c1).toHaveLength(PACKET);
});
