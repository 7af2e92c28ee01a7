import { initSegment } from '@nightjar/media/mp4';
import type { Track } from '@nightjar/media/stream';
import { holdOf, type Piece, type PieceTaker } from '../live/index.ts';
import type { Outlet, Viewer } from '../viewers/index.ts';
import { beginEndless, type EndlessRequest } from './endless.ts';

export const MP4_TYPE = 'video/mp4';

/**
 * Endless fMP4 over HTTP, for tools: the init segment, then a fragment a frame (`parts=200`: each 200 ms),
 * beginning with the frames since the last key frame. Ends when the format changes: one movie has one.
 * Throws ViewerLimitError before anything is written.
 */
export function serveMp4(request: EndlessRequest): void {
  const { stream, query } = request;
  const { outlet, viewer, joined } = beginEndless(request, { protocol: 'mp4', type: MP4_TYPE });
  const fan = stream.fragments.of({ hold: holdOf(query), tracks: 'all' });
  joined(fan.join(new Mp4Session(outlet, viewer)));
}

class Mp4Session implements PieceTaker {
  readonly #outlet: Outlet;
  readonly #viewer: Viewer;
  #begun = false;

  constructor(outlet: Outlet, viewer: Viewer) {
    this.#outlet = outlet;
    this.#viewer = viewer;
  }

  onTracks(tracks: readonly Track[]): void {
    if (this.#begun) {
      this.#viewer.close('stream_ended');
      return;
    }
    if (tracks.length === 0) return;
    this.#begun = true;
    this.#outlet.begin([initSegment(tracks)], false);
    this.#outlet.waitForKey();
  }

  onBacklog(pieces: readonly Piece[]): void {
    this.#outlet.begin(
      pieces.map(({ body }) => body),
      true,
    );
  }

  onPiece({ body, key }: Piece): void {
    this.#outlet.offer(body, key);
  }

  onEnd(): void {
    this.#viewer.close('stream_ended');
  }
}
