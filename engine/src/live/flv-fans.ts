import { FlvFan, type FlvFraming } from '@nightjar/media/flv';
import type { MediaStream } from '@nightjar/media/stream';
import type { Hold } from './hold.ts';

interface Entry {
  readonly framing: FlvFraming;
  readonly hold: Hold;
  readonly fan: FlvFan;
}

/** The fans of one stream that give FLV messages, one for each way that somebody watches by. */
export class FlvFans {
  readonly #stream: MediaStream;
  readonly #entries = new Set<Entry>();

  constructor(stream: MediaStream) {
    this.#stream = stream;
  }

  /** Costs nothing until somebody joins. */
  of(framing: FlvFraming, hold: Hold = 0): FlvFan {
    for (const entry of this.#entries) if (entry.framing === framing && entry.hold === hold) return entry.fan;
    const onIdle = (): void => void this.#entries.delete(entry);
    const entry = { framing, hold, fan: new FlvFan({ stream: this.#stream, framing, hold, onIdle }) };
    this.#entries.add(entry);
    return entry.fan;
  }
}
