import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  mediaHead,
  RelayError,
  RelayReader,
  readMedia,
  readTaken,
  relayFrame,
  relayJson,
  TO_ENGINE,
  TO_SERVER,
  takenFrame,
} from './relay.ts';

/** What a reader makes of bytes that come in pieces of these lengths. */
function framesIn(bytes: Buffer, lengths: readonly number[], limit?: number): [number, string][] {
  const frames: [number, string][] = [];
  const reader = new RelayReader((kind, payload) => frames.push([kind, payload.toString('hex')]), limit);
  let at = 0;
  for (const length of [...lengths, bytes.length]) {
    reader.read(bytes.subarray(at, at + length));
    at += length;
  }
  return frames;
}

describe('frames of the relay', () => {
  it('are the same on the other side, in whatever pieces they come', () => {
    const frame = fc.tuple(fc.nat({ max: 255 }), fc.nat(), fc.uint8Array({ maxLength: 300 }));
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat({ max: 40 })), (frames, lengths) => {
        const bytes = Buffer.concat(frames.map(([kind, viewer, body]) => relayFrame(kind, viewer, body)));
        const wanted = frames.map(([kind, viewer, body]) => {
          const head = Buffer.alloc(4);
          head.writeUInt32BE(viewer);
          return [kind, Buffer.concat([head, body]).toString('hex')];
        });
        expect(framesIn(bytes, lengths)).toEqual(wanted);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('of media reach the viewers they name, all with the same bytes', () => {
    const bytes = Buffer.concat([mediaHead([1, 7, 4_000_000_000], 5), Buffer.from('hello')]);
    const [[kind, payload] = [0, '']] = framesIn(bytes, [3, 10]);
    expect(kind).toBe(TO_SERVER.media);
    const given: [number, string][] = [];
    readMedia(Buffer.from(payload, 'hex'), (viewer, body) => given.push([viewer, body.toString()]));
    expect(given).toEqual([1, 7, 4_000_000_000].map((viewer) => [viewer, 'hello']));
  });

  it('tell what was taken', () => {
    const rows = [
      { viewer: 1, taken: 4_000_000_000, queued: 0 },
      { viewer: 2, taken: 0, queued: 17 },
    ];
    const [[kind, payload] = [0, '']] = framesIn(takenFrame(rows), []);
    expect([kind, readTaken(Buffer.from(payload, 'hex'))]).toEqual([TO_ENGINE.taken, rows]);
  });

  it('that are longer than is allowed are refused before anything is kept for them', () => {
    const long = relayJson(TO_ENGINE.open, 1, 'x'.repeat(200));
    expect(() => framesIn(long, [5], 100)).toThrow(RelayError);
    expect(() => framesIn(Buffer.from('ffffffff01', 'hex'), [])).toThrow('4294967295 bytes');
  });

  it('with nonsense inside are errors of the relay, never others', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const payload = Buffer.from(bytes);
        for (const read of [() => readTaken(payload), () => readMedia(payload, () => undefined)]) {
          try {
            read();
          } catch (error) {
            expect(error).toBeInstanceOf(RelayError);
          }
        }
      }),
      { seed: 2, numRuns: 100_000 },
    );
  });
});
