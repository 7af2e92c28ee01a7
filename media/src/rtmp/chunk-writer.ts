import { type FlvFraming, TAG } from '../flv/index.ts';
import { CHUNK_STREAM, MESSAGE, OUR_CHUNK_SIZE } from './message.ts';

const HEADER = 12;
const EXTENDED = 0xffffff;

/** Stream id that all media of a connection carries: it has one stream. */
export const MEDIA_STREAM = 1;

/**
 * One message in chunks, the first with a whole header, so that it means the same to every receiver whatever came
 * before: `head`, then `[start, end)` of `body`.
 */
export function writeChunks(
  options: { chunkStream: number; streamId: number; type: number; timestamp: number; chunkSize: number },
  head: Buffer,
  body: Buffer,
  start: number,
  end: number,
): Buffer {
  const { chunkStream, type, timestamp, chunkSize } = options;
  const length = head.length + end - start;
  const extended = timestamp >= EXTENDED;
  const extra = extended ? 4 : 0;
  const pieces = Math.max(1, Math.ceil(length / chunkSize));
  const out = Buffer.allocUnsafeSlow(HEADER + extra + length + (pieces - 1) * (1 + extra));
  out[0] = chunkStream;
  out.writeUIntBE(extended ? EXTENDED : timestamp, 1, 3);
  out.writeUIntBE(length, 4, 3);
  out[7] = type;
  out.writeUInt32LE(options.streamId, 8);
  if (extended) out.writeUInt32BE(timestamp, HEADER);
  let at = HEADER + extra;
  head.copy(out, at);
  at += head.length;
  let room = chunkSize - head.length;
  let from = start;
  while (from < end) {
    if (room === 0) {
      out[at++] = 0xc0 | chunkStream;
      if (extended) at = out.writeUInt32BE(timestamp, at);
      room = chunkSize;
    }
    const take = Math.min(room, end - from);
    body.copy(out, at, from, from + take);
    at += take;
    from += take;
    room -= take;
  }
  return out;
}

/** Media messages as all our viewers get them: chunks of one size, on stream 1. */
export const rtmpFraming: FlvFraming = (type, timestamp, head, body, start, end) =>
  writeChunks(
    {
      chunkStream:
        type === TAG.video ? CHUNK_STREAM.video : type === TAG.audio ? CHUNK_STREAM.audio : CHUNK_STREAM.data,
      streamId: MEDIA_STREAM,
      type,
      timestamp,
      chunkSize: OUR_CHUNK_SIZE,
    },
    head,
    body,
    start,
    end,
  );

const NOTHING = Buffer.alloc(0);

/** A message of the connection itself, in chunks of the size that no receiver has to be told. */
export function controlMessage(type: number, ...words: readonly number[]): Buffer {
  const body = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) body.writeUInt32BE(word >>> 0, index * 4);
  return small(CHUNK_STREAM.control, 0, type, body);
}

/** Set Peer Bandwidth, limit type dynamic (5.4.5). */
export function peerBandwidth(bytes: number): Buffer {
  const body = Buffer.alloc(5);
  body.writeUInt32BE(bytes);
  body[4] = 2;
  return small(CHUNK_STREAM.control, 0, MESSAGE.setPeerBandwidth, body);
}

/** A user control event with its number (7.1.7). */
export function userControl(event: number, ...words: readonly number[]): Buffer {
  const body = Buffer.alloc(2 + words.length * 4);
  body.writeUInt16BE(event);
  for (const [index, word] of words.entries()) body.writeUInt32BE(word >>> 0, 2 + index * 4);
  return small(CHUNK_STREAM.control, 0, MESSAGE.userControl, body);
}

/** A command, or a data message, in chunks of `chunkSize`. */
export function commandMessage(
  body: Buffer,
  options: { streamId: number; chunkSize: number; type?: number },
): Buffer {
  const { streamId, chunkSize, type = MESSAGE.command } = options;
  const chunkStream = type === MESSAGE.command ? CHUNK_STREAM.command : CHUNK_STREAM.data;
  return writeChunks({ chunkStream, streamId, type, timestamp: 0, chunkSize }, NOTHING, body, 0, body.length);
}

function small(chunkStream: number, streamId: number, type: number, body: Buffer): Buffer {
  return writeChunks(
    { chunkStream, streamId, type, timestamp: 0, chunkSize: OUR_CHUNK_SIZE },
    NOTHING,
    body,
    0,
    body.length,
  );
}
