import { MalformedError } from '../../bytes/index.ts';
import {
  type Av1Format,
  av1Format,
  isCarriedObu,
  isKeyFrameObu,
  OBU,
  type Obu,
  obuHead,
  splitObus,
} from '../../codecs/index.ts';
import type { FrameWriter } from '../../stream/index.ts';

/** Takes the temporal units of an AV1 track to its frames, whatever brought them: the format comes in band. */
export class Av1Units {
  /** Units given up because they could not be read. */
  dropped = 0;
  readonly #open: (format: Av1Format) => FrameWriter;
  #format: Av1Format | undefined;
  #writer: FrameWriter | undefined;

  constructor(open: (format: Av1Format) => FrameWriter) {
    this.#open = open;
  }

  /** The format is known from elsewhere. */
  describe(format: Av1Format): void {
    if (this.#format?.record.equals(format.record)) return;
    this.#format = format;
    this.#writer = this.#open(format);
  }

  /** Stores the temporal unit `[start, end)` of a low-overhead stream; `times` is asked once it has a place. */
  unit(b: Buffer, start: number, end: number, times: () => { dts: number; pts: number }): void {
    const obus = splitObus(b, start, end)?.filter(({ type }) => isCarriedObu(type));
    if (!obus) {
      this.dropped++;
      return;
    }
    const frame = obus.find(({ type }) => type === OBU.frame || type === OBU.frameHeader);
    if (!frame) return;
    const key = isKeyFrameObu(b, frame);
    const header = obus.find(({ type }) => type === OBU.sequenceHeader);
    if (header && key) this.#look(b, header);
    const writer = this.#writer;
    if (!writer) return;
    writer.begin();
    for (const { start: from, payload, end: stop } of obus) {
      const head = obuHead(b, from, stop - payload);
      writer.append(head, 0, head.length);
      writer.append(b, payload, stop);
    }
    const { dts, pts } = times();
    writer.finish(dts, pts, key);
  }

  #look(b: Buffer, { start, end }: Obu): void {
    try {
      this.describe(av1Format(Buffer.from(b.subarray(start, end))));
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.dropped++;
    }
  }
}
