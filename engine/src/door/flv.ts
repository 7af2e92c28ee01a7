import type { ServerResponse } from 'node:http';
import type { ViewerEnd } from '@nightjar/contract';
import type { DoorTicket } from '@nightjar/contract/link';
import { type FlvTaker, flvFileHeader, flvFraming } from '@nightjar/media/flv';
import type { Clock, Track } from '@nightjar/media/stream';
import type { EngineStream } from '../streams/index.ts';
import { Outlet, type Viewer, type Viewers } from '../viewers/index.ts';
import { DoorError } from './door-error.ts';

export const FLV_TYPE = 'video/x-flv';

export interface FlvRequest {
  readonly stream: EngineStream;
  readonly response: ServerResponse;
  readonly ticket: DoorTicket;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly viewers: Viewers;
}

/**
 * Endless FLV over HTTP, a tag a frame, beginning with the frames since the last key frame. A source that comes back
 * goes on in the same answer; another codec ends it. Throws
 * ViewerLimitError, and DoorError for what FLV cannot carry, before anything is written.
 */
export function serveFlv({ stream, response, ticket, clock, viewers }: FlvRequest): void {
  const { tracks } = stream.media;
  if (!tracks.some(({ format }) => format.codec.flv)) {
    const names = tracks.map(({ format }) => format.codec.name).join(' and ');
    throw new DoorError(422, `FLV cannot carry ${names}`);
  }
  const viewer = viewers.open({
    streamId: ticket.stream_id,
    protocol: 'flv',
    who: ticket.sub,
    address: ticket.address ?? '',
    proof: ticket.grant,
    close: (reason) => session.close(reason),
  });
  const session = new FlvSession(response, new Outlet({ wire: response, clock, viewer }), viewer);
  response.useChunkedEncodingByDefault = false;
  response.writeHead(200, { 'content-type': FLV_TYPE, 'cache-control': 'no-store', connection: 'close' });
  response.flushHeaders();
  const leave = stream.flv.of(flvFraming).join(session);
  response.once('close', () => {
    leave();
    viewer.end('left');
  });
  if (response.closed) leave();
}

class FlvSession implements FlvTaker {
  readonly #response: ServerResponse;
  readonly #outlet: Outlet;
  readonly #viewer: Viewer;
  #begun = false;

  constructor(response: ServerResponse, outlet: Outlet, viewer: Viewer) {
    this.#response = response;
    this.#outlet = outlet;
    this.#viewer = viewer;
  }

  onHeaders(messages: readonly Buffer[], tracks: readonly Track[]): void {
    this.#outlet.begin(this.#begun ? messages : [flvFileHeader(tracks), ...messages], false);
    this.#begun = true;
    this.#outlet.waitForKey();
  }

  onBacklog(messages: readonly Buffer[]): void {
    this.#outlet.begin(messages, true);
  }

  onMessage(message: Buffer, key: boolean): void {
    this.#outlet.offer(message, key);
  }

  onEnd(): void {
    this.#viewer.close('stream_ended');
  }

  close(reason: ViewerEnd): void {
    if (reason === 'too_slow') this.#response.destroy();
    else this.#response.end();
  }
}
