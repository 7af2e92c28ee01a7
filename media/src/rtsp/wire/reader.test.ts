import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RtspError } from '../errors.ts';
import { interleaved, rtpPacket } from '../testing/scripted-camera.ts';
import { formatRequest, formatResponse } from './message.ts';
import { WireReader } from './reader.ts';

function collect(options: { strict?: boolean; maxHead?: number; maxBody?: number } = {}) {
  const got: string[] = [];
  const reader = new WireReader(
    {
      packet: (channel, buffer, start, end) => {
        got.push(`${channel}:${buffer.toString('hex', start, end)}`);
      },
      message: (message) => {
        const what = message.kind === 'request' ? message.method : String(message.status);
        got.push(`${what}:${message.body.toString('latin1')}`);
      },
    },
    { peer: 'cam:554', strict: false, ...options },
  );
  return { got, reader };
}

/** Reads `bytes` through one shared buffer, in pieces of the given sizes (the last one repeats). */
function feed(reader: WireReader, bytes: Buffer, sizes: readonly number[]): void {
  const shared = Buffer.alloc(65536);
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = Math.min(
      sizes[Math.min(i, sizes.length - 1)] ?? bytes.length,
      bytes.length - at,
      shared.length,
    );
    shared.fill(0x24);
    bytes.copy(shared, 0, at, at + size);
    reader.read(shared, size);
    at += size;
  }
}

const hello = formatResponse(200, [['CSeq', '1']], 'hello $ world');
const packet = (seq: number, size = 40) => interleaved(seq % 4, rtpPacket(seq, size));
const shown = (seq: number, size = 40) => `${seq % 4}:${rtpPacket(seq, size).toString('hex')}`;

describe('WireReader', () => {
  it('gives packets in place, without a copy', () => {
    const seen: Buffer[] = [];
    const reader = new WireReader(
      { packet: (_channel, buffer) => seen.push(buffer), message: () => undefined },
      { peer: 'cam', strict: false },
    );
    const bytes = Buffer.concat([packet(1), packet(2)]);
    reader.read(bytes, bytes.length);
    expect(seen).toHaveLength(2);
    for (const buffer of seen) expect(buffer).toBe(bytes);
  });

  it.each<[string, Buffer[], string[]]>([
    ['packets', [packet(1), packet(2)], [shown(1), shown(2)]],
    ['a message between packets', [packet(1), hello, packet(2)], [shown(1), '200:hello $ world', shown(2)]],
    ['LF only', [Buffer.from('RTSP/1.0 200 OK\nCSeq: 1\nContent-Length: 2\n\nab')], ['200:ab']],
    ['CR CR LF', [Buffer.from('RTSP/1.0 200 OK\r\r\nCSeq: 1\r\r\n\r\r\n')], ['200:']],
    [
      'blank lines between messages',
      [Buffer.from('\r\n'), hello, Buffer.from('\r\n\r\n'), packet(3)],
      ['200:hello $ world', shown(3)],
    ],
    ['a server request', [formatRequest('OPTIONS', '*', [['CSeq', '1']])], ['OPTIONS:']],
    ['an empty packet', [interleaved(0, Buffer.alloc(0)), packet(1)], [shown(1)]],
    ['quirk 34: a packet of 10 kB', [packet(1, 10_000), packet(2)], [shown(1, 10_000), shown(2)]],
    ['the largest packet', [packet(1, 65_535), packet(2)], [shown(1, 65_535), shown(2)]],
    [
      'quirk 34: garbage between packets',
      [hello, packet(1), Buffer.from([0, 1, 2, 0xff]), packet(2)],
      ['200:hello $ world', shown(1), shown(2)],
    ],
    [
      'quirk 34: garbage with dollars',
      [hello, packet(1), Buffer.from('\0$$$$$$$$'), packet(2)],
      ['200:hello $ world', shown(1), shown(2)],
    ],
    [
      'quirk 34: garbage with letters',
      [hello, packet(1), Buffer.from('\0RTSPRTSP/ OPTIONSX '), packet(2)],
      ['200:hello $ world', shown(1), shown(2)],
    ],
    [
      'quirk 34: garbage before a message',
      [hello, Buffer.from([0, 0xff]), hello],
      ['200:hello $ world', '200:hello $ world'],
    ],
  ])('%s, in pieces of every size', (_name, parts, expected) => {
    const bytes = Buffer.concat(parts);
    const sizes =
      bytes.length > 1000 ? [1, 3, 1447, 4096] : Array.from({ length: bytes.length }, (_, i) => i + 1);
    for (const size of sizes) {
      const { got, reader } = collect();
      feed(reader, bytes, [size]);
      expect(got, `pieces of ${size}`).toEqual(expected);
    }
  });

  it('counts the garbage', () => {
    const { reader } = collect();
    feed(reader, Buffer.concat([hello, Buffer.alloc(100), packet(1)]), [7]);
    expect(reader.garbageBytes).toBe(100);
  });

  it.each<[string, Parameters<typeof collect>[0], string | Buffer, string]>([
    ['HTTP', {}, 'HTTP/1.1 400 Bad Request\r\n\r\n', 'not_rtsp'],
    ['SSH', {}, 'SSH-2.0-OpenSSH_9.2\r\n', 'not_rtsp'],
    ['binary', {}, Buffer.from([0x16, 3, 1, 2]), 'not_rtsp'],
    [
      'a head without end',
      { maxHead: 1000 },
      `RTSP/1.0 200 OK\r\n${'X: y\r\n'.repeat(1000)}`,
      'protocol_error',
    ],
    [
      'a body over the limit',
      { maxBody: 10 },
      'RTSP/1.0 200 OK\r\nContent-Length: 11\r\n\r\n',
      'protocol_error',
    ],
    ['a length that is none', {}, 'RTSP/1.0 200 OK\r\nContent-Length: x\r\n\r\n', 'protocol_error'],
    ['endless garbage', {}, Buffer.concat([hello, Buffer.alloc(300_000)]), 'protocol_error'],
    ['garbage, strict', { strict: true }, 'PLAY rtsp://h RTSP/1.0\r\nCSeq: 1\r\n\r\n\0', 'protocol_error'],
    ['HTTP, strict', { strict: true }, 'GET / HTTP/1.1\r\n\r\n', 'protocol_error'],
  ])('refuses %s', (_name, options, text, code) => {
    for (const size of [1, 5, 65536]) {
      const { reader } = collect(options);
      let error: unknown;
      try {
        feed(reader, Buffer.from(text), [size]);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(RtspError);
      expect(error).toMatchObject({ code, message: expect.stringContaining('cam:554') });
    }
  });

  it('strict: reads any method', () => {
    const { got, reader } = collect({ strict: true });
    feed(reader, formatRequest('FLY_AWAY', '*', []), [1]);
    expect(got).toEqual(['FLY_AWAY:']);
  });

  it('stops inside a read', () => {
    const got: number[] = [];
    const reader = new WireReader(
      {
        packet: (channel) => {
          got.push(channel);
          reader.stop();
        },
        message: () => undefined,
      },
      { peer: 'cam', strict: false },
    );
    const bytes = Buffer.concat([packet(1), packet(2)]);
    reader.read(bytes, bytes.length);
    reader.read(bytes, bytes.length);
    expect(got).toEqual([1]);
  });

  it('gives the same units however the bytes are cut', () => {
    const unit = fc.oneof(
      fc.integer({ min: 1, max: 60_000 }).map((seq) => packet(seq, 16 + (seq % 3000))),
      fc.string({ maxLength: 300 }).map((body) => formatResponse(200, [['CSeq', '1']], body)),
      fc.constant(formatRequest('OPTIONS', 'rtsp://h/', [['CSeq', '9']])),
    );
    const sizes = fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 20 }), sizes, (units, cuts) => {
        const bytes = Buffer.concat(units);
        const whole = collect();
        feed(whole.reader, bytes, [65536]);
        const cut = collect();
        feed(cut.reader, bytes, cuts);
        expect(whole.got).toHaveLength(units.length);
        expect(cut.got).toEqual(whole.got);
      }),
      { seed: 34, numRuns: 500 },
    );
  });

  it('survives any bytes: a typed error, or units and garbage that add up', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .constantFrom(
          '$',
          '\r\n\r\n',
          'RTSP/1.0 200 OK\r\n',
          'Content-Length: 5\r\n',
          'OPTIONS * RTSP/1.0\r\n',
          '$\0\0\x08',
        )
        .map((s) => Buffer.from(s, 'latin1')),
      fc.integer({ min: 0, max: 9 }).map((seq) => packet(seq)),
    );
    const bytes = fc.array(piece, { maxLength: 30 }).map((parts) => Buffer.concat(parts));
    fc.assert(
      fc.property(bytes, fc.boolean(), fc.integer({ min: 1, max: 300 }), (given, strict, size) => {
        const { reader } = collect({ strict });
        try {
          feed(reader, given, [size]);
          expect(reader.garbageBytes).toBeLessThanOrEqual(given.length);
        } catch (error) {
          expect(error).toBeInstanceOf(RtspError);
        }
      }),
      { seed: 4711, numRuns: 10_000 },
    );
  });
});
