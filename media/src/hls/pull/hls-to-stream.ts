import { MalformedError } from '../../bytes/index.ts';
import type { Codec } from '../../codecs/index.ts';
import {
  MediaSession,
  type MediaSessionOptions,
  Playout,
  TS_RATE,
  type WaitingUnit,
} from '../../intake/index.ts';
import { type Clock, FrameTooLargeError } from '../../stream/index.ts';
import { type Fetched, type HlsFetch, PlaylistPull } from './playlist-pull.ts';
import { type PulledVariant, readPlaylist } from './read-playlist.ts';
import { SegmentReader } from './segment-units.ts';

export interface HlsToStreamOptions extends Omit<MediaSessionOptions, 'rate' | 'clock'> {
  readonly clock: Clock;
  readonly fetch: HlsFetch;
  /** Codecs that are of use further on; all of them when absent. */
  readonly takes?: (codec: Codec) => boolean;
}

/** Time stamps of a session count modulo 2^32. */
const WRAP = 2 ** 32;
/** Codecs as a playlist names them that we may know (RFC 6381). */
const LIKELY = /\b(?:avc[13]|hvc1|hev1|av01|mp4a|opus)\b/i;

/** The segments of an HLS source become frames of a stream, in their own time, whoever makes them in lumps. */
export class HlsToStream {
  readonly #options: HlsToStreamOptions;
  readonly #session: MediaSession;
  readonly #playout: Playout;
  readonly #readers: SegmentReader[] = [];
  readonly #gone = new AbortController();
  /** The sound has a playlist of its own: that of the picture says nothing of it. */
  #apart = false;
  #bytes = 0;
  #units = 0;
  #dropped = 0;

  constructor(options: HlsToStreamOptions) {
    this.#options = options;
    this.#session = new MediaSession({ ...options, rate: TS_RATE });
    this.#playout = new Playout({ clock: options.clock, play: (unit, time) => this.#play(unit, time) });
  }

  /** Monotonic milliseconds at which the last picture was published; the last sound where there is no picture. */
  get lastFrame(): number {
    return this.#session.lastFrame;
  }

  /** Since the session began. */
  get counters(): { bytes: number; packets: number; lost: number; dropped: number } {
    const dropped = this.#dropped + this.#session.dropped;
    return { bytes: this.#bytes, packets: this.#units, lost: 0, dropped };
  }

  /** What comes and cannot be used, in words. */
  get trouble(): string | undefined {
    return this.#readers.find(({ trouble }) => trouble !== undefined)?.trouble;
  }

  /**
   * Plays from a playlist that was fetched, of segments or of playlists. Rejects when the source is lost, malformed
   * or over; never after {@link close} but with its reason.
   */
  async run(first: Fetched): Promise<never> {
    const text = first.body.toString('utf8');
    const playlist = readPlaylist(text);
    if (playlist.kind === 'media') return this.#pull(first.url).run(first);
    const variant = best(playlist.variants);
    const urls = [variant.uri, ...(variant.audio === undefined ? [] : [variant.audio])].map((uri) =>
      URL.parse(uri, first.url),
    );
    if (urls.includes(null)) throw new MalformedError('a playlist with an address that is none', 0);
    this.#apart = variant.audio !== undefined;
    if (this.#apart) this.#session.announce('audio', true);
    return Promise.race(urls.map((url) => this.#pull(url!.href).run()));
  }

  /** The session is over: the stream has no tracks until the next one. */
  close(): void {
    this.#gone.abort(new DOMException('the stream was stopped', 'AbortError'));
    this.#playout.close();
    this.#session.close();
  }

  #pull(url: string): PlaylistPull {
    const { clock, takes } = this.#options;
    const segments = new SegmentReader({
      takes,
      announce: (kind, there) => {
        if (there || !this.#apart) this.#session.announce(kind, there);
      },
    });
    this.#readers.push(segments);
    return new PlaylistPull(url, {
      fetch: async (address, range) => {
        const fetched = await this.#options.fetch(address, range);
        this.#bytes += fetched.body.length;
        return fetched;
      },
      clock,
      playout: this.#playout,
      segments,
      signal: this.#gone.signal,
    });
  }

  #play({ codec, format, bytes, unit }: WaitingUnit, time: number): void {
    this.#units++;
    try {
      const intake = this.#session.intake(codec);
      if (format) intake.describe(format);
      this.#session.frame(intake, bytes, unit, ((time % WRAP) + WRAP) % WRAP);
    } catch (error) {
      if (!(error instanceof MalformedError) && !(error instanceof FrameTooLargeError)) throw error;
      this.#dropped++;
    }
    this.#session.settle();
  }
}

/** The most bandwidth of those whose codecs we may know. */
function best(variants: readonly PulledVariant[]): PulledVariant {
  return variants.find(({ codecs }) => codecs === '' || LIKELY.test(codecs)) ?? variants[0]!;
}
