import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { isLinkAuthorization, RELAY_PROTOCOL, type RelayOpen } from '@nightjar/contract/link';
import type { Clock } from '@nightjar/media/stream';
import type { Log } from '../../kernel/index.ts';
import type { Viewers } from '../../viewers/index.ts';
import { type Admission, admit, withTracks, wordsOf } from '../admission.ts';
import { DoorError } from '../door-error.ts';
import { serveMse } from '../mse.ts';
import { ENDLESS, MSE } from '../ways.ts';
import { acceptOf, refuseUpgrade } from '../websocket.ts';
import { type Begin, Relay } from './relay.ts';
import type { RelayedViewer } from './relayed-viewer.ts';

interface Behind extends Admission {
  readonly clock: Clock;
  readonly viewers: Viewers;
  readonly log: Pick<Log, 'error'>;
}

/** Makes a relay of a connection, for the server alone. What a viewer may see its ticket says, as at the door. */
export function acceptRelay(request: IncomingMessage, socket: Socket, head: Buffer, behind: Behind): void {
  const { headers } = request;
  if (!isLinkAuthorization(behind.key, headers.authorization)) {
    refuseUpgrade(socket, 401, 'Unauthorized', 'only for the server');
    return;
  }
  if (headers.upgrade !== RELAY_PROTOCOL) {
    refuseUpgrade(socket, 400, 'Bad Request', 'not a relay');
    return;
  }
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${RELAY_PROTOCOL}\r\n\r\n`,
  );
  if (head.length > 0) socket.unshift(head);
  new Relay({
    socket,
    serve: (asked, viewer, begin) => serve(asked, viewer, { behind, begin }),
    words: (error) => wordsOf(error, behind.log),
  });
}

/** Throws what the viewer is refused with. */
async function serve(
  asked: RelayOpen,
  connection: RelayedViewer,
  { behind, begin }: { behind: Behind; begin: Begin },
): Promise<void> {
  const { ticket, stream, path, query } = admit(asked, behind, 'live');
  const gone = new AbortController();
  connection.once('close', () => gone.abort());
  const accept = asked.web_socket && acceptOf(asked.web_socket);
  if (asked.web_socket && path !== MSE) throw new DoorError(404, 'no such path');
  if (asked.web_socket && accept === undefined) throw new DoorError(400, 'not a WebSocket');
  if (accept === undefined && !Object.hasOwn(ENDLESS, path)) throw new DoorError(404, 'no such path');
  await withTracks(stream, gone.signal);
  if (connection.closed) return;
  const answer = { ...behind, stream, query, ticket, opening: { connection, begin } };
  if (accept === undefined) ENDLESS[path]!.serve(answer);
  else serveMse({ ...answer, accept, head: Buffer.alloc(0) });
}
