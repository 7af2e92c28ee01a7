import type { ViewerEnd } from '@nightjar/contract';
import { initSegment } from '@nightjar/media/mp4';
import type { Clock, Track } from '@nightjar/media/stream';
import { type FragmentWish, holdOf, type Piece, type PieceTaker } from '../live/index.ts';
import { Outlet, type Viewer } from '../viewers/index.ts';
import { type Connection, type EndlessRequest, type Opening, viewerOf } from './endless.ts';
import { ACCEPT, CLOSE_CODE, ClientFrames, closeFrame, messageHead, textMessage } from './websocket.ts';

/** A viewer's connection whose client may say something. */
export interface TwoWay extends Connection {
  on(event: 'data', listener: (bytes: Buffer) => void): unknown;
}

export interface MseRequest extends Omit<EndlessRequest, 'opening' | 'clock'> {
  readonly opening: Opening<TwoWay>;
  /** What the client sent behind its request. */
  readonly head: Buffer;
  /** `Sec-WebSocket-Accept` of the answer. */
  readonly accept: string;
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
}

/** Milliseconds a client has to answer a close frame. */
const CLOSING = 1_000;

const CODES: Partial<Record<ViewerEnd, number>> = {
  too_slow: CLOSE_CODE.tooSlow,
  shutdown: CLOSE_CODE.goingAway,
};

/**
 * fMP4 for Media Source Extensions over a WebSocket: a JSON text message that names the codecs, the init
 * segment as a binary message, then a message a frame (or each 200 ms with `parts=200`), beginning with the
 * frames since the last key frame. A new format is another JSON message and another init segment.
 * Throws ViewerLimitError before anything is written.
 */
export function serveMse(mse: MseRequest): void {
  const { opening, stream, ticket, viewers } = mse;
  const viewer = viewers.open({
    ...viewerOf(ticket),
    protocol: 'mse',
    close: (reason) => session.close(CODES[reason] ?? CLOSE_CODE.normal, reason),
  });
  const session = new MseSession(mse, viewer);
  opening.begin({ [ACCEPT]: mse.accept });
  session.begin(stream.fragments.of(wishOf(mse.query)).join(session));
}

function wishOf(query: URLSearchParams): FragmentWish {
  return {
    hold: holdOf(query),
    tracks: query.get('audio') === '0' ? 'picture' : 'browser',
  };
}

class MseSession implements PieceTaker {
  readonly #mse: MseRequest;
  readonly #viewer: Viewer;
  readonly #outlet: Outlet;
  #leave: (() => void) | undefined;
  #closing = false;

  constructor(mse: MseRequest, viewer: Viewer) {
    this.#mse = mse;
    this.#viewer = viewer;
    this.#outlet = new Outlet({ wire: mse.opening.connection, clock: mse.clock, viewer });
  }

  begin(leave: () => void): void {
    const { opening, head } = this.#mse;
    const socket = opening.connection;
    this.#leave = leave;
    const frames = new ClientFrames({
      onClose: (code) => this.close(code, 'left'),
      onPing: (pong) => socket.write(pong),
    });
    socket.on('data', (bytes: Buffer) => frames.feed(bytes));
    socket.once('close', () => {
      leave();
      this.#viewer.end('left');
    });
    if (head.length > 0) frames.feed(head);
    if (socket.closed) leave();
  }

  onTracks(tracks: readonly Track[]): void {
    if (tracks.length === 0) return;
    const init = initSegment(tracks);
    const codecs = tracks.map(({ format }) => format.codecString).join(',');
    const kind = tracks.some((track) => track.kind === 'video') ? 'video' : 'audio';
    const hello = {
      type: 'codecs',
      mime: `${kind}/mp4; codecs="${codecs}"`,
      codecs,
      audio: tracks.some((track) => track.kind === 'audio'),
    };
    const { length } = init;
    this.#outlet.begin([textMessage(JSON.stringify(hello)), messageHead('binary', length), init], false);
    this.#outlet.waitForKey();
  }

  /** One message, so that the player takes all of it in one step. */
  onBacklog(pieces: readonly Piece[]): void {
    const bodies = pieces.map(({ body }) => body);
    const length = bodies.reduce((sum, body) => sum + body.length, 0);
    this.#outlet.begin([messageHead('binary', length), ...bodies], true);
  }

  onPiece({ message, key }: Piece): void {
    this.#outlet.offer(message, key);
  }

  onEnd(): void {
    this.#viewer.close('stream_ended');
  }

  /** Says why and ends; a client that does not answer is cut off. */
  close(code: number, reason: string): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#leave?.();
    const { opening, clock } = this.#mse;
    const socket = opening.connection;
    // Behind a queue that is never taken nobody hears a reason.
    if (code === CLOSE_CODE.tooSlow) {
      socket.destroy();
      return;
    }
    socket.write(closeFrame(code, reason));
    socket.end();
    const cancel = clock.after(CLOSING, () => socket.destroy());
    socket.once('close', cancel);
  }
}
