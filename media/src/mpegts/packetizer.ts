/** ISO/IEC 13818-1 2.4.3.2. */
export const PACKET = 188;
/** First byte of every packet. */
export const SYNC = 0x47;

/** What stands in front of the payload of a packet, besides stuffing. */
export interface Adaptation {
  /** Ticks of 90 kHz; a program clock reference goes into the packet. */
  readonly pcr?: number;
  /** A decoder can start here. */
  readonly randomAccess: boolean;
  /** The counter of this PID does not continue what came before. */
  readonly discontinuity: boolean;
}

/** Cuts one elementary stream or table into transport packets. Counters run over the life of the object. */
export class Packetizer {
  readonly #pid: number;
  #counter = 0;

  constructor(pid: number) {
    this.#pid = pid;
  }

  /** Appends the packets of one unit (a PES packet or a table with its pointer) to `out`. */
  write(out: Buffer[], unit: Buffer, adaptation: Adaptation | undefined): void {
    let at = 0;
    let field = adaptation && fieldOf(adaptation);
    let first = true;
    while (at < unit.length) {
      const room = PACKET - 4 - (field ? field.length + 1 : 0);
      const take = Math.min(room, unit.length - at);
      out.push(this.#packet(unit.subarray(at, at + take), field, first));
      at += take;
      field = undefined;
      first = false;
    }
  }

  #packet(payload: Buffer, field: Buffer | undefined, first: boolean): Buffer {
    const packet = Buffer.alloc(PACKET, 0xff);
    const missing = PACKET - 4 - payload.length - (field ? field.length + 1 : 0);
    const adapts = field !== undefined || missing > 0;
    packet[0] = SYNC;
    packet[1] = (first ? 0x40 : 0) | (this.#pid >>> 8);
    packet[2] = this.#pid & 0xff;
    packet[3] = (adapts ? 0x30 : 0x10) | this.#counter;
    this.#counter = (this.#counter + 1) & 0xf;
    if (adapts) {
      const length = PACKET - 5 - payload.length;
      packet[4] = length;
      if (field) field.copy(packet, 5);
      // Stuffing alone: a field of flags none of which is set, or no byte at all.
      else if (length > 0) packet[5] = 0;
    }
    payload.copy(packet, PACKET - payload.length);
    return packet;
  }
}

/** The adaptation field without its length (ISO/IEC 13818-1 2.4.3.4). */
function fieldOf({ pcr, randomAccess, discontinuity }: Adaptation): Buffer {
  const flags = (discontinuity ? 0x80 : 0) | (randomAccess ? 0x40 : 0) | (pcr === undefined ? 0 : 0x10);
  if (pcr === undefined) return Buffer.from([flags]);
  // 33 bits of 90 kHz, 6 reserved, 9 of 27 MHz.
  const high = Math.floor(pcr / 2) >>> 0;
  return Buffer.from([
    flags,
    high >>> 24,
    (high >>> 16) & 0xff,
    (high >>> 8) & 0xff,
    high & 0xff,
    (pcr % 2 === 1 ? 0x80 : 0) | 0x7e,
    0,
  ]);
}
