import { RtpSender, type RtpSenderOptions } from '@nightjar/media/rtp';
import type { MediaStream, Track } from '@nightjar/media/stream';
import type { Hold } from './hold.ts';

interface Entry {
  readonly sender: RtpSender;
  readonly tracks: readonly Track[];
}

/** The senders of one stream to RTSP viewers, one for each length of what is given at once. */
export class RtpSenders {
  readonly #stream: MediaStream;
  readonly #options: RtpSenderOptions;
  readonly #entries = new Map<Hold, Entry>();

  constructor(stream: MediaStream, options: RtpSenderOptions) {
    this.#stream = stream;
    this.#options = options;
  }

  /** Undefined while the stream has no tracks. Costs nothing until somebody joins. */
  of(hold: Hold): RtpSender | undefined {
    const { tracks } = this.#stream;
    if (tracks.length === 0) return undefined;
    const current = this.#entries.get(hold);
    if (current && (current.sender.viewerCount > 0 || current.tracks === tracks)) return current.sender;
    const { clock, random32 } = this.#options;
    const sender = new RtpSender(this.#stream, { clock, random32, hold });
    this.#entries.set(hold, { sender, tracks });
    return sender;
  }
}
