import type { ServerResponse } from 'node:http';
import type { ViewerEnd } from '@nightjar/contract';
import type { DoorTicket } from '@nightjar/contract/link';
import { initSegment } from '@nightjar/media/mp4';
import type { Clock, Track } from '@nightjar/media/stream';
import type { Piece, PieceTaker } from '../live/index.ts';
import type { EngineStream } from '../streams/index.ts';
import { Outlet, type Viewer, type Viewers } from '../viewers/index.ts';

export interface Mp4Request {
  readonly stream: EngineStream;
  readonly query: URLSearchParams;
  readonly response: ServerResponse;
  readonly ticket: DoorTicket;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly viewers: Viewers;
}

/**
 * Endless fMP4 over HTTP, for tools: the init segment, then a fragment a frame (`parts=200`: each 200 ms),
 * beginning with the frames since the last key frame. Ends when the format changes: one movie has one.
 * Throws ViewerLimitError before anything is written.
 */
export function serveMp4({ stream, query, response, ticket, clock, viewers }: Mp4Request): void {
  const viewer = viewers.open({
    streamId: ticket.stream_id,
    protocol: 'mp4',
    who: ticket.sub,
    address: ticket.address ?? '',
    proof: ticket.grant,
    close: (reason) => session.close(reason),
  });
  const session = new Mp4Session(response, new Outlet({ wire: response, clock, viewer }), viewer);
  const fan = stream.fragments.of({ hold: query.get('parts') === '200' ? 0.2 : 0, tracks: 'all' });
  response.useChunkedEncodingByDefault = false;
  response.writeHead(200, {
    'content-type': 'video/mp4',
    'cache-control': 'no-store',
    connection: 'close',
  });
  response.flushHeaders();
  const leave = fan.join(session);
  response.once('close', () => {
    leave();
    viewer.end('left');
  });
  if (response.closed) leave();
}

class Mp4Session implements PieceTaker {
  readonly #response: ServerResponse;
  readonly #outlet: Outlet;
  readonly #viewer: Viewer;
  #begun = false;

  constructor(response: ServerResponse, outlet: Outlet, viewer: Viewer) {
    this.#response = response;
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

  close(reason: ViewerEnd): void {
    if (reason === 'too_slow') this.#response.destroy();
    else this.#response.end();
  }
}
