import { formatMediaPlaylist } from '@nightjar/media/hls';
import type { Exchange } from './exchange.ts';
import { Library, type LibraryOptions } from './library.ts';
import { serveMovie } from './movie/serve-movie.ts';
import { framesAt, type RecordedFrames } from './recorded-frames.ts';
import { PlaybackRefusal } from './refusal.ts';
import { serveFootage } from './serve-footage.ts';
import { parseTimeRange } from './time-range.ts';
import { vodPlaylist } from './vod-playlist.ts';

const FOOTAGE = 'footage/';

/** Recorded footage over HTTP: playlists of a time range, the files they name, and movies made on the fly. */
export class Playback {
  readonly #library: Library;

  constructor(options: LibraryOptions) {
    this.#library = new Library(options);
  }

  /** Whether a path behind `/live/{stream_id}/` is about footage. */
  handles(path: string): boolean {
    return path === 'playback.m3u8' || path === 'play.mp4' || path.startsWith(FOOTAGE);
  }

  /** Answers a request whose path it handles. Throws PlaybackRefusal. */
  async serve(exchange: Exchange): Promise<void> {
    const { path } = exchange;
    if (path === 'playback.m3u8') return this.#playlist(exchange);
    if (path === 'play.mp4') return serveMovie(exchange, this.#library);
    if (path.startsWith(FOOTAGE)) return serveFootage(exchange, this.#library, path.slice(FOOTAGE.length));
    throw new PlaybackRefusal(404, 'no such path');
  }

  /** The frames that decode to the picture of an instant (UTC milliseconds). Throws PlaybackRefusal 404. */
  framesAt(streamId: string, utc: number): Promise<RecordedFrames> {
    return framesAt(this.#library, streamId, utc);
  }

  async #playlist({ streamId, query, request, response }: Exchange): Promise<void> {
    const range = parseTimeRange(query);
    const segments = await this.#library.find(streamId, range);
    const text = Buffer.from(formatMediaPlaylist(vodPlaylist(segments, range)));
    response.writeHead(200, {
      'content-type': 'application/vnd.apple.mpegurl',
      'content-length': text.length,
      'cache-control': 'private, no-store',
    });
    response.end(request.method === 'HEAD' ? undefined : text);
  }
}
