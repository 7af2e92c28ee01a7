const START = Buffer.from([0, 0, 1]);
const PTS_ONLY = 0x80;
const PTS_AND_DTS = 0xc0;
const MAX_LENGTH = 0xffff;

/** A PES packet (ISO/IEC 13818-1 2.4.3.6); times in ticks of 90 kHz. A picture may be longer than its length can tell. */
export function pesPacket(streamId: number, pts: number, dts: number, payload: readonly Buffer[]): Buffer {
  const both = dts !== pts;
  const header = both ? 10 : 5;
  const size = payload.reduce((sum, part) => sum + part.length, 0);
  const length = size + header + 3;
  const head = Buffer.alloc(9 + header);
  START.copy(head);
  head[3] = streamId;
  head.writeUInt16BE(length > MAX_LENGTH ? 0 : length, 4);
  // Marker bits and data_alignment_indicator: each packet begins with an access unit.
  head[6] = 0x84;
  head[7] = both ? PTS_AND_DTS : PTS_ONLY;
  head[8] = header;
  stamp(head, 9, both ? 3 : 2, pts);
  if (both) stamp(head, 14, 1, dts);
  return Buffer.concat([head, ...payload]);
}

/** 33 bits in 40, with marker bits between. */
function stamp(head: Buffer, at: number, prefix: number, time: number): void {
  const top = Math.floor(time / 2 ** 30) & 0x7;
  const rest = time % 2 ** 30;
  head[at] = (prefix << 4) | (top << 1) | 1;
  head[at + 1] = (rest >>> 22) & 0xff;
  head[at + 2] = ((rest >>> 14) & 0xfe) | 1;
  head[at + 3] = (rest >>> 7) & 0xff;
  head[at + 4] = ((rest << 1) & 0xfe) | 1;
}
