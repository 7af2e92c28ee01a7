import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { ViewerEnd } from '@nightjar/contract';
import type { DoorTicket } from '@nightjar/contract/link';
import { initSegment } from '@nightjar/media/mp4';
import type { Clock, Track } from '@nightjar/media/stream';
import type { FragmentWish, Piece, PieceTaker } from '../live/index.ts';
import type { EngineStream } from '../streams/index.ts';
import { Outlet, type Viewer, type Viewers } from '../viewers/index.ts';
import { CLOSE_CODE, ClientFrames, closeFrame, messageHead, textMessage } from './websocket.ts';

export interface MseRequest {
  readonly stream: EngineStream;
  readonly request: IncomingMessage;
  readonly socket: Socket;
  /** What the client sent behind its request. */
  readonly head: Buffer;
  /** Answer that makes a WebSocket of the connection. */
  readonly upgrade: string;
  readonly query: URLSearchParams;
  readonly ticket: DoorTicket;
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
  readonly viewers: Viewers;
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
  const { socket, stream, ticket, viewers } = mse;
  const viewer = viewers.open({
    streamId: ticket.stream_id,
    protocol: 'mse',
    who: ticket.sub,
    address: ticket.address ?? '',
    proof: ticket.grant,
    close: (reason) => session.close(CODES[reason] ?? CLOSE_CODE.normal, reason),
  });
  const session = new MseSession(mse, viewer);
  socket.write(mse.upgrade);
  session.begin(stream.fragments.of(wishOf(mse.query)).join(session));
}

function wishOf(query: URLSearchParams): FragmentWish {
  return {
    hold: query.get('parts') === '200' ? 0.2 : 0,
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
    this.#outlet = new Outlet({ wire: mse.socket, clock: mse.clock, viewer });
  }

  begin(leave: () => void): void {
    const { socket, head } = this.#mse;
    this.#leave = leave;
    const frames = new ClientFrames({
      onClose: (code) => this.close(code, 'left'),
      onPing: (pong) => socket.write(pong),
    });
    socket.on('data', (bytes: Buffer) => frames.feed(bytes));
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      leave();
      this.#viewer.end('left');
    });
    if (head.length > 0) frames.feed(head);
    if (socket.destroyed) leave();
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
    const { socket, clock } = this.#mse;
    // Behind a queue that is never taken nobody hears a reason.
    if (code === CLOSE_CODE.tooSlow) {
      socket.destroy();
      return;
    }
    socket.end(closeFrame(code, reason));
    const cancel = clock.after(CLOSING, () => socket.destroy());
    socket.once('close', cancel);
  }
}
