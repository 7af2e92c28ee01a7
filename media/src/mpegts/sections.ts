import { PACKET } from './packetizer.ts';

/** One elementary stream of a program (ISO/IEC 13818-1 2.4.4.8). */
export interface TsStream {
  readonly pid: number;
  readonly type: number;
}

/** Bytes of a section at most (2.4.4.1: 1021 behind its length). */
const MAX_SECTION = 1024;
const PAT = 0x00;
const PMT = 0x02;

/** Puts the sections of one PID together; `done` gets each whole one, without its pointer. */
export class SectionReader {
  readonly #done: (section: Buffer) => void;
  #held = Buffer.alloc(0);

  constructor(done: (section: Buffer) => void) {
    this.#done = done;
  }

  /** The payload of a packet; `begins`: a pointer says where a section starts in it. */
  payload(b: Buffer, start: number, end: number, begins: boolean): void {
    if (!begins) {
      if (this.#held.length > 0) this.#take(b, start, end);
      return;
    }
    const from = start + 1 + b[start]!;
    if (this.#held.length > 0) this.#take(b, start + 1, Math.min(from, end));
    this.#held = Buffer.alloc(0);
    if (from < end) this.#take(b, from, end);
  }

  #take(b: Buffer, start: number, end: number): void {
    this.#held = Buffer.concat([this.#held, b.subarray(start, end)]);
    while (this.#held.length >= 3) {
      // Stuffing behind the last section.
      if (this.#held[0] === 0xff) break;
      const length = 3 + (this.#held.readUInt16BE(1) & 0xfff);
      if (this.#held.length < length && length <= MAX_SECTION) return;
      if (length > MAX_SECTION) break;
      this.#done(this.#held.subarray(0, length));
      this.#held = this.#held.subarray(length);
    }
    this.#held = Buffer.alloc(0);
  }
}

/** The PID of the first program's map; undefined where the section is no such table. */
export function programMapPid(section: Buffer): number | undefined {
  if (section[0] !== PAT) return undefined;
  for (let at = 8; at + 4 <= section.length - 4; at += 4) {
    // Program 0 is the network's own table.
    if (section.readUInt16BE(at) !== 0) return section.readUInt16BE(at + 2) & 0x1fff;
  }
  return undefined;
}

/** The streams of a program map; undefined where the section is none. Nothing is checked by its CRC: packets are. */
export function programStreams(section: Buffer): TsStream[] | undefined {
  if (section[0] !== PMT || section.length < 16) return undefined;
  const streams: TsStream[] = [];
  const end = section.length - 4;
  let at = 12 + (section.readUInt16BE(10) & 0xfff);
  while (at + 5 <= end && streams.length < PACKET) {
    streams.push({ type: section[at]!, pid: section.readUInt16BE(at + 1) & 0x1fff });
    at += 5 + (section.readUInt16BE(at + 3) & 0xfff);
  }
  return streams;
}
