import { describe, expect, it } from 'vitest';
import { MalformedError } from '../bytes/index.ts';
import { FlvReader, flvFileHeader, flvFraming, readAmf, TAG, writeAmf } from '../flv/index.ts';
import { MediaStream, SlabPool } from '../stream/index.ts';
import { FUZZ_LIMIT_MS, type FuzzOptions, fuzz } from '../testing/fuzz/index.ts';
import { FakeClock } from '../testing/index.ts';
import { ChunkReader } from './chunk-reader.ts';
import { writeChunks } from './chunk-writer.ts';
import { RtmpError } from './errors.ts';
import { clientHello, Handshake } from './handshake.ts';
import { film, slice, units } from './testing/film.ts';
import { FlvToStream } from './to-stream.ts';

const NOTHING = Buffer.alloc(0);
const isTyped = (error: unknown): boolean => error instanceof RtmpError || error instanceof MalformedError;
const BODIES = [
  film.metadata({ videocodecid: 7 }),
  film.record(),
  film.picture(true, units(slice(true, 300))),
];
const TYPES = [TAG.script, TAG.video, TAG.video];
const STILL = (size: number): Buffer => Buffer.alloc(size, 7);

const chunked = (body: Buffer, type: number, timestamp: number): Buffer =>
  writeChunks(
    { chunkStream: 6, streamId: 1, type, timestamp, chunkSize: 128 },
    NOTHING,
    body,
    0,
    body.length,
  );

/** Hands the input on in pieces of up to 300 bytes. */
function inPieces(input: Buffer, random: () => number, give: (piece: Buffer) => void): void {
  for (let at = 0; at < input.length; ) {
    const next = at + 1 + Math.floor(random() * 300);
    give(input.subarray(at, next));
    at = next;
  }
}

/** As in the product: all streams share one. */
const pool = new SlabPool();

/** Gives a stream's intake to `use`, and closes it whatever comes. */
function withIngest(use: (sink: FlvToStream) => void): void {
  const stream = new MediaStream({ stamp: () => undefined });
  const sink = new FlvToStream({
    stream,
    pool,
    clock: new FakeClock(),
    zero: 0,
    onReady: () => undefined,
    onLive: () => undefined,
  });
  try {
    use(sink);
  } finally {
    sink.close();
    stream.end();
  }
}

const PARSERS: [string, Omit<FuzzOptions, 'isTyped'>][] = [
  [
    'AMF',
    {
      examples: [film.metadata({ a: [1, 'b'] }), writeAmf('connect', 1, { app: 'live' })],
      take: (input) => void readAmf(input),
    },
  ],
  [
    'chunks, and what they carry',
    {
      examples: BODIES.map((body, index) => chunked(body, TYPES[index]!, index * 0xffffff)),
      pieces: [
        Buffer.from([0xc6]),
        Buffer.from([2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0]),
        Buffer.from('ffffff', 'hex'),
      ],
      take: (input, random) =>
        withIngest((sink) => {
          const reader = new ChunkReader({
            message: (type, _stream, time, b, start, end) => sink.tag(type, time, b, start, end),
          });
          inPieces(input, random, (piece) => reader.read(piece));
        }),
    },
  ],
  [
    'FLV, and what it carries',
    {
      examples: [
        Buffer.concat([
          flvFileHeader([]),
          ...BODIES.map((body, index) => flvFraming(TYPES[index]!, index, NOTHING, body, 0, body.length)),
        ]),
      ],
      pieces: [Buffer.from('FLV'), Buffer.from([0x97]), Buffer.from([0x95, 0x10])],
      take: (input, random) =>
        withIngest((sink) => {
          const reader = new FlvReader(sink);
          inPieces(input, random, (piece) => reader.read(piece));
        }),
    },
  ],
  [
    'handshakes',
    {
      examples: [Buffer.concat([clientHello(STILL), STILL(1536)])],
      pieces: [Buffer.from([3]), Buffer.from([6]), Buffer.from('GET / HTTP/1.1\r\n')],
      take: (input, random) => {
        const handshake = new Handshake('server', { write: () => undefined, random: STILL });
        inPieces(input, random, (piece) => void handshake.read(piece, 0, piece.length));
      },
    },
  ],
];

describe('whatever comes', () => {
  it.each(PARSERS)(
    'of %s is read or refused with a typed error, quickly, and leaves nothing behind',
    (_name, options) => {
      const report = fuzz({ ...options, isTyped });
      expect(report).toMatchObject({ broken: [], slow: [] });
      expect(report.grown).toBeLessThan(32 * 1024 * 1024);
    },
    FUZZ_LIMIT_MS,
  );
});
