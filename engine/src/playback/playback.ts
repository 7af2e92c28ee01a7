import { formatMediaPlaylist, type MediaPlaylist, withQuery } from '@nightjar/media/hls';
import { type Clock, systemClock } from '@nightjar/media/stream';
import type { LiveWindow } from '../live/index.ts';
import { serveClip } from './clip/serve-clip.ts';
import { coveredFootage, type Footage } from './covered-library.ts';
import type { Exchange } from './exchange.ts';
import { Library, type LibraryOptions } from './library.ts';
import { serveMovie } from './movie/serve-movie.ts';
import { type AskKey, originalFootage } from './originals.ts';
import { framesAt, type RecordedFrames } from './recorded-frames.ts';
import { PlaybackRefusal } from './refusal.ts';
import { Rewind } from './rewind/index.ts';
import type { Segment } from './segment.ts';
import { serveFootage } from './serve-footage.ts';
import type { FootageStore } from './store.ts';
import { parseGrowing, parseTimeRange, type TimeRange } from './time-range.ts';
import { eventPlaylist, vodPlaylist } from './vod-playlist.ts';

const FOOTAGE = 'footage/';
const NAMES: ReadonlySet<string> = new Set(['dvr.m3u8', 'playback.m3u8', 'play.mp4', 'clip.mp4']);

export interface PlaybackOptions extends LibraryOptions {
  /** UTC milliseconds now; the machine's clock when absent. */
  readonly utc?: () => number;
  /** For what is waited for; the machine's when absent. */
  readonly clock?: Pick<Clock, 'monotonic' | 'after'>;
  /** Asks for the keys of sealed files; without it none can be read. */
  readonly unseal?: AskKey;
  /** Where clips and stills are taken from: footage, and what is in memory alone; the footage when absent. */
  readonly recent?: FootageStore;
}

/** A live stream that is rewound. */
export interface Rewound {
  readonly id: string;
  /** Defined for a stream whose pictures are covered. */
  readonly privacy: unknown;
  /** Names of the files that are being written. */
  readonly writing: ReadonlySet<string>;
}

/** Recorded footage over HTTP: playlists of a time range, the files they name, and movies made on the fly. */
export class Playback {
  readonly #options: PlaybackOptions;
  readonly #library: Library;
  readonly #covered: Footage;
  readonly #recent: Footage;
  readonly #recentCovered: Footage;
  readonly #utc: () => number;
  readonly #clock: Pick<Clock, 'monotonic' | 'after'>;
  readonly #rewinds = new WeakMap<LiveWindow, Rewind>();

  constructor(options: PlaybackOptions) {
    this.#options = options;
    this.#library = new Library(options);
    this.#covered = coveredFootage(this.#library);
    const { recent } = options;
    this.#recent = recent ? new Library({ ...options, store: recent }) : this.#library;
    this.#recentCovered = coveredFootage(this.#recent);
    this.#utc = options.utc ?? Date.now;
    this.#clock = options.clock ?? systemClock;
  }

  /** Whether a path behind `/live/{stream_id}/` is about footage. */
  handles(path: string): boolean {
    return NAMES.has(path) || path.startsWith(FOOTAGE);
  }

  /** Answers a request whose path it handles. Throws PlaybackRefusal. */
  async serve(exchange: Exchange): Promise<void> {
    const { path } = exchange;
    if (path === 'playback.m3u8')
      return this.#playlist(exchange, parseTimeRange(exchange.query), vodPlaylist);
    if (path === 'dvr.m3u8') {
      const range = parseGrowing(exchange.query, this.#utc());
      return this.#playlist(exchange, range, eventPlaylist);
    }
    if (path === 'clip.mp4') return serveClip(exchange, this.#recentOf(exchange), this.#clock);
    if (path === 'play.mp4') return serveMovie(exchange, this.#of(exchange));
    if (path.startsWith(FOOTAGE))
      return serveFootage(exchange, this.#of(exchange), path.slice(FOOTAGE.length));
    throw new PlaybackRefusal(404, 'no such path');
  }

  /** The frames that decode to the picture of an instant (UTC milliseconds), or the key frame nearest to it. Throws PlaybackRefusal 404. */
  framesAt(
    { streamId, ...of }: Pick<Exchange, 'streamId' | 'coveredOnly' | 'originals'>,
    utc: number,
    how?: { keyAlone: boolean },
  ): Promise<RecordedFrames> {
    return framesAt(this.#recentOf(of), streamId, utc, how);
  }

  /** What lies before the live window of a stream, which has media; of a covered stream covered footage alone. */
  rewind(stream: Rewound, window: LiveWindow): Rewind {
    const existing = this.#rewinds.get(window);
    if (existing) return existing;
    const rewind = new Rewind({
      streamId: stream.id,
      window,
      footage: this.#of({ coveredOnly: stream.privacy !== undefined }),
      recorded: () => stream.writing.size > 0,
      utc: this.#utc,
    });
    this.#rewinds.set(window, rewind);
    return rewind;
  }

  #of({ coveredOnly, originals }: Pick<Exchange, 'coveredOnly' | 'originals'>): Footage {
    if (originals !== undefined) return this.#original(originals);
    return coveredOnly ? this.#covered : this.#library;
  }

  #original(grant: string): Footage {
    const { unseal } = this.#options;
    if (!unseal) throw new PlaybackRefusal(404, 'originals cannot be opened here');
    return originalFootage(this.#options, unseal, grant);
  }

  #recentOf({ coveredOnly, originals }: Pick<Exchange, 'coveredOnly' | 'originals'>): Footage {
    if (originals !== undefined) return this.#original(originals);
    return coveredOnly ? this.#recentCovered : this.#recent;
  }

  async #playlist(
    { streamId, coveredOnly, originals, query, request, response }: Exchange,
    range: TimeRange,
    of: (segments: readonly Segment[], range: TimeRange) => MediaPlaylist,
  ): Promise<void> {
    const segments = await this.#of({ coveredOnly, originals }).find(streamId, range);
    const ticket = query.get('ticket');
    const playlist = formatMediaPlaylist(of(segments, range));
    const text = Buffer.from(ticket === null ? playlist : withQuery(playlist, 'ticket', ticket));
    response.writeHead(200, {
      'content-type': 'application/vnd.apple.mpegurl',
      'content-length': text.length,
      'cache-control': 'private, no-store',
    });
    response.end(request.method === 'HEAD' ? undefined : text);
  }
}
