import { PACKET, SYNC } from './packetizer.ts';
import { PesReader } from './pes-reader.ts';
import { programMapPid, programStreams, SectionReader, type TsStream } from './sections.ts';

export interface TsSink {
  /** The program's streams are known, or others now. */
  program(streams: readonly TsStream[]): void;
  /** Whether the units of a stream are wanted, and handed over without waiting for the next one to begin. */
  wants(type: number): 'no' | 'whole' | 'prompt';
  /** A PES packet's payload in `[start, end)` of a buffer that is reused; times in 90 kHz, 33 bits. */
  unit(type: number, b: Buffer, start: number, end: number, pts: number, dts: number): void;
}

interface Elementary extends TsStream {
  readonly pes: PesReader;
  counter: number;
}

const PAT_PID = 0;

/** Takes an MPEG transport stream apart (ISO/IEC 13818-1): its first program's streams, packet by packet. */
export class TsReader {
  /** Packets that are missing by their counters; bytes that were no packet. */
  lost = 0;
  skipped = 0;
  readonly #sink: TsSink;
  readonly #carry = Buffer.alloc(PACKET);
  readonly #pat: SectionReader;
  readonly #pmt: SectionReader;
  #carried = 0;
  #pmtPid = -1;
  #known: readonly TsStream[] = [];
  #streams: Elementary[] = [];

  constructor(sink: TsSink) {
    this.#sink = sink;
    this.#pat = new SectionReader((section) => {
      this.#pmtPid = programMapPid(section) ?? this.#pmtPid;
    });
    this.#pmt = new SectionReader((section) => this.#program(section));
  }

  /** Units given up. */
  get dropped(): number {
    return this.#streams.reduce((sum, { pes }) => sum + pes.dropped, 0);
  }

  /** Takes the next bytes of the stream, cut anywhere. */
  read(b: Buffer, start = 0, end = b.length): void {
    let at = start;
    if (this.#carried > 0) {
      const take = Math.min(PACKET - this.#carried, end - at);
      b.copy(this.#carry, this.#carried, at, at + take);
      this.#carried += take;
      at += take;
      if (this.#carried < PACKET) return;
      this.#carried = 0;
      this.#packet(this.#carry, 0);
    }
    while (at < end) {
      if (b[at] !== SYNC) {
        at++;
        this.skipped++;
      } else if (at + PACKET > end) {
        this.#carried = b.copy(this.#carry, 0, at, end);
        return;
        // A byte that looks like the beginning of a packet is none when the next does not follow it.
      } else if (at + PACKET < end && b[at + PACKET] !== SYNC) {
        at++;
        this.skipped++;
      } else {
        this.#packet(b, at);
        at += PACKET;
      }
    }
  }

  /** Hands over what is in progress: nothing more comes, or what comes has nothing to do with it. */
  flush(): void {
    this.#carried = 0;
    for (const stream of this.#streams) {
      stream.pes.flush();
      stream.counter = -1;
    }
  }

  #packet(b: Buffer, at: number): void {
    const flags = b[at + 1]!;
    const pid = ((flags & 0x1f) << 8) | b[at + 2]!;
    const control = b[at + 3]!;
    const end = at + PACKET;
    // Scrambled, damaged by its own word, or without payload.
    if (flags & 0x80 || control & 0xc0 || !(control & 0x10)) return;
    const start = at + (control & 0x20 ? 5 + b[at + 4]! : 4);
    if (start >= end) return;
    const begins = (flags & 0x40) !== 0;
    // The counter begins anew by the stream's own word.
    if (control & 0x20 && b[at + 4]! > 0 && b[at + 5]! & 0x80) this.#anew(pid);
    if (pid === PAT_PID) this.#pat.payload(b, start, end, begins);
    else if (pid === this.#pmtPid) this.#pmt.payload(b, start, end, begins);
    else this.#media(pid, control & 0xf, b, start, end, begins);
  }

  #media(pid: number, counter: number, b: Buffer, start: number, end: number, begins: boolean): void {
    const stream = this.#streams.find((each) => each.pid === pid);
    if (!stream) return;
    if (counter === stream.counter) return;
    const missing = stream.counter < 0 ? 0 : (counter - stream.counter - 1) & 0xf;
    stream.counter = counter;
    if (missing > 0) {
      this.lost += missing;
      stream.pes.lost();
    }
    stream.pes.bytes(b, start, end, begins);
  }

  #anew(pid: number): void {
    const stream = this.#streams.find((each) => each.pid === pid);
    if (stream) stream.counter = -1;
  }

  #program(section: Buffer): void {
    const streams = programStreams(section);
    if (!streams) return;
    const same =
      streams.length === this.#known.length &&
      streams.every(({ pid, type }, at) => this.#known[at]!.pid === pid && this.#known[at]!.type === type);
    if (same) return;
    this.flush();
    this.#known = streams;
    this.#streams = streams.flatMap(({ pid, type }) => {
      const wanted = this.#sink.wants(type);
      if (wanted === 'no') return [];
      const pes = new PesReader(
        (b, start, end, pts, dts) => this.#sink.unit(type, b, start, end, pts, dts),
        wanted === 'prompt',
      );
      return [{ pid, type, pes, counter: -1 }];
    });
    this.#sink.program(streams);
  }
}
