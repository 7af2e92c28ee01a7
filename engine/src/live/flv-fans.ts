import { FlvFan, type FlvFraming } from '@nightjar/media/flv';
import type { MediaStream } from '@nightjar/media/stream';

/** The fans of one stream that give FLV messages, one for each protocol that somebody watches by. */
export class FlvFans {
  readonly #stream: MediaStream;
  readonly #fans = new Map<FlvFraming, FlvFan>();

  constructor(stream: MediaStream) {
    this.#stream = stream;
  }

  /** Costs nothing until somebody joins. */
  of(framing: FlvFraming): FlvFan {
    const existing = this.#fans.get(framing);
    if (existing) return existing;
    const fan = new FlvFan({
      stream: this.#stream,
      framing,
      onIdle: () => {
        this.#fans.delete(framing);
      },
    });
    this.#fans.set(framing, fan);
    return fan;
  }
}
