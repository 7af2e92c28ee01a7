import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptOf, ClientFrames, closeFrame, handshakeIn, messageHead, textMessage } from './websocket.ts';

/** A masked frame as clients send them (RFC 6455 5.2). */
function frame(opcode: number, payload: Buffer, { fin = true, masked = true } = {}): Buffer {
  const mask = Buffer.from([1, 2, 3, 4]);
  const short = Math.min(payload.length, 126);
  const head = [(fin ? 0x80 : 0) | opcode, (masked ? 0x80 : 0) | short];
  const long = short === 126 ? [payload.length >>> 8, payload.length & 0xff] : [];
  const body = payload.map((byte, i) => byte ^ mask[i & 3]!);
  return Buffer.concat([Buffer.from([...head, ...long]), mask, body]);
}

function heard(bytes: Buffer, size = bytes.length): { closed: number[]; pongs: string[] } {
  const closed: number[] = [];
  const pongs: string[] = [];
  const frames = new ClientFrames({
    onClose: (code) => closed.push(code),
    onPing: (pong) => pongs.push(pong.toString('hex')),
  });
  for (let at = 0; at < bytes.length; at += size) frames.feed(bytes.subarray(at, at + size));
  return { closed, pongs };
}

describe('what a client says', () => {
  it('is understood wherever the network cut: pings are answered, messages left unread, a close ends it', () => {
    const bytes = Buffer.concat([
      frame(0x1, Buffer.from('{"hello":1}')),
      frame(0x9, Buffer.from('here?')),
      frame(0x2, Buffer.alloc(3000, 7)),
      frame(0xa, Buffer.alloc(0)),
      frame(0x8, Buffer.from([3, 232])),
      frame(0x9, Buffer.from('too late')),
    ]);
    for (const size of [1, 2, 5, 7, 100, bytes.length]) {
      const pong = `8a05${Buffer.from('here?').toString('hex')}`;
      expect(heard(bytes, size)).toEqual({ closed: [1000], pongs: [pong] });
    }
  });

  it.each([
    ['a frame that is not masked', frame(0x1, Buffer.from('x'), { masked: false }), 1002],
    ['a control frame in pieces', frame(0x9, Buffer.from('x'), { fin: false }), 1002],
    ['a long control frame', frame(0x9, Buffer.alloc(126)), 1002],
    ['an extension nobody agreed on', Buffer.from([0xc1, 0x80, 0, 0, 0, 0]), 1002],
    ['a message longer than anybody needs', frame(0x1, Buffer.alloc(5000)), 1009],
    ['a length of 64 bits', Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0, 0, 1]), 1009],
  ])('is refused: %s', (_what, bytes, code) => {
    expect(heard(bytes).closed).toEqual([code]);
  });

  it('whatever it is ends at most once, and no more is kept than a frame', () => {
    const inputs = fc.tuple(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 1, max: 50 }));
    fc.assert(
      fc.property(inputs, ([bytes, size]) => {
        expect(heard(Buffer.from(bytes), size).closed.length).toBeLessThanOrEqual(1);
      }),
      { seed: 7, numRuns: 100_000 },
    );
  });
});

describe('what is sent', () => {
  it.each([
    [0, '8200'],
    [125, '827d'],
    [126, '827e007e'],
    [65_535, '827effff'],
    [65_536, '827f0000000000010000'],
  ])('a message of %i bytes has the head %s', (length, head) => {
    expect(messageHead('binary', length).toString('hex')).toBe(head);
  });

  it('texts and closes are whole frames', () => {
    expect(textMessage('hi').toString('hex')).toBe('81026869');
    expect(closeFrame(1001, 'shutdown').toString('latin1')).toBe('\x88\x0a\x03\xe9shutdown');
    expect(closeFrame(1000, 'x'.repeat(500)).length).toBe(127);
  });
});

describe('an upgrade', () => {
  const request = (change: Record<string, string | undefined>, method = 'GET'): IncomingMessage =>
    ({
      method,
      headers: {
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...change,
      },
    }) as unknown as IncomingMessage;

  const accept = (asked: IncomingMessage): string | undefined => {
    const handshake = handshakeIn(asked);
    return handshake && acceptOf(handshake);
  };

  it('is accepted as in the example of the RFC', () => {
    expect(accept(request({}))).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  });

  it.each([
    [{ upgrade: 'h2c' }],
    [{ upgrade: undefined }],
    [{ 'sec-websocket-version': '8' }],
    [{ 'sec-websocket-key': undefined }],
    [{ 'sec-websocket-key': 'short' }],
  ])('is none with %j', (change) => {
    expect(accept(request(change))).toBeUndefined();
  });

  it('is none for another method', () => {
    expect(accept(request({}, 'POST'))).toBeUndefined();
  });
});
