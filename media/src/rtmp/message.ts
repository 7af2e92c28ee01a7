/** Message types (RTMP specification 5.4, 6.2, 7.1). */
export const MESSAGE = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowAckSize: 5,
  setPeerBandwidth: 6,
  audio: 8,
  video: 9,
  amf3Data: 15,
  amf3Command: 17,
  data: 18,
  command: 20,
  aggregate: 22,
} as const;

/** User control events (7.1.7). */
export const EVENT = {
  streamBegin: 0,
  streamEof: 1,
  streamDry: 2,
  setBufferLength: 3,
  ping: 6,
  pong: 7,
} as const;

/** Bytes of a chunk's payload until its sender says otherwise (5.4.1). */
export const CHUNK_SIZE = 128;
/** What we say: a frame is one chunk, but for large key frames. */
export const OUR_CHUNK_SIZE = 65_536;
/** Bytes after which we want to hear, and tell, how much arrived. */
export const WINDOW = 2_500_000;

/** Chunk streams by what they carry; the numbers are those of other implementations. */
export const CHUNK_STREAM = { control: 2, command: 3, data: 5, video: 6, audio: 4 } as const;
