import type { ServerResponse } from 'node:http';
import type { ViewerProtocol } from '@nightjar/contract';
import type { DoorTicket } from '@nightjar/contract/link';
import type { Clock } from '@nightjar/media/stream';
import type { EngineStream } from '../streams/index.ts';
import { Outlet, type Viewer, type Viewers, type Wire } from '../viewers/index.ts';

/** The connection of one viewer, of its own or through the server's relay. */
export interface Connection extends Wire {
  readonly closed: boolean;
  /** Ends it once all was taken. */
  end(): unknown;
  destroy(): unknown;
  once(event: 'close', listener: () => void): unknown;
}

/** A viewer's request that has not been answered. */
export interface Opening<C extends Connection = Connection> {
  readonly connection: C;
  /** Writes the head of the answer, after which media may follow. */
  readonly begin: (headers: Readonly<Record<string, string>>) => void;
}

/** What every endless answer is made for. */
export interface EndlessRequest {
  readonly stream: EngineStream;
  readonly query: URLSearchParams;
  readonly opening: Opening;
  readonly ticket: DoorTicket;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly viewers: Viewers;
}

/** A viewer whose answer has begun. */
export interface EndlessAnswer {
  readonly viewer: Viewer;
  readonly outlet: Outlet;
  /** `leave` is called when the viewer has gone. */
  readonly joined: (leave: () => void) => void;
}

/** Begins an HTTP answer that goes on until somebody ends it. Throws ViewerLimitError before anything is written. */
export function beginEndless(
  { opening, ticket, viewers, clock }: EndlessRequest,
  { protocol, type }: { protocol: ViewerProtocol; type: string },
): EndlessAnswer {
  const { connection } = opening;
  const viewer = viewers.open({
    ...viewerOf(ticket),
    protocol,
    // Behind a queue that is never taken an end is never reached.
    close: (reason) => (reason === 'too_slow' ? connection.destroy() : connection.end()),
  });
  opening.begin({ 'content-type': type, 'cache-control': 'no-store' });
  const joined = (leave: () => void): void => {
    connection.once('close', () => {
      leave();
      viewer.end('left');
    });
    if (connection.closed) leave();
  };
  return { viewer, outlet: new Outlet({ wire: connection, clock, viewer }), joined };
}

/** What a ticket says of its bearer. */
export const viewerOf = ({ stream_id, sub, address, grant, unblurred }: DoorTicket) => ({
  streamId: stream_id,
  who: sub,
  address: address ?? '',
  proof: grant,
  unblurred,
});

/** An answer over HTTP that ends with its connection. */
export function httpOpening(response: ServerResponse): Opening {
  return {
    connection: response,
    begin: (headers) => {
      response.useChunkedEncodingByDefault = false;
      response.writeHead(200, { ...headers, connection: 'close' });
      response.flushHeaders();
    },
  };
}
