import { type DoorTicket, openTicket } from '@nightjar/contract/link';
import type { Clock } from '@nightjar/media/stream';
import type { Log } from '../kernel/index.ts';
import { PlaybackRefusal } from '../playback/index.ts';
import type { EngineStream } from '../streams/index.ts';
import { ViewerLimitError } from '../viewers/index.ts';
import { PeerRefusal } from '../webrtc/index.ts';
import { DoorError } from './door-error.ts';
import { pictureRefusal } from './pictures.ts';

/** What is needed to say whether a request may be answered. */
export interface Admission {
  /** Signs the tickets; shared with the server. */
  readonly key: Buffer;
  readonly clock: Pick<Clock, 'utc'>;
  /** `unblurred`: the original where there is one. */
  readonly stream: (id: string, unblurred?: boolean) => EngineStream | undefined;
}

/** A request that may be answered. */
export interface Admitted {
  readonly ticket: DoorTicket;
  readonly stream: EngineStream;
  /** Behind `/{name}/{stream_id}/`. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Milliseconds for which the tracks of a stream are waited for. */
const FIRST_TRACKS = 8_000;

/** Whose ticket it is, and for what. `name`: `live`, `whep`, `whip` or `consume`. Throws DoorError. */
export function admit(
  shown: { path: string; ticket: string | string[] | undefined },
  { key, clock, stream: find }: Admission,
  name: string,
): Admitted {
  const url = URL.parse(shown.path, 'http://door');
  const [, first, id, ...rest] = url?.pathname.split('/') ?? [];
  if (!url || first !== name || !id || (name === 'live' && rest.length === 0))
    throw new DoorError(404, 'no such path');
  const text = typeof shown.ticket === 'string' ? shown.ticket : '';
  const ticket = openTicket(key, text, clock.utc() / 1000);
  // Foreign and unknown answer alike: whoever may not watch learns nothing of the stream.
  if (ticket?.stream_id !== id) throw new DoorError(401, 'a valid ticket for this stream is needed');
  // Who publishes feeds the original; what is made of it is for others.
  const stream = find(id, name === 'whip' || ticket.unblurred);
  if (!stream) throw new DoorError(404, 'no such stream');
  return { ticket, stream, path: rest.join('/'), query: url.searchParams };
}

/** Waits until the stream has something to send. Throws DoorError. */
export async function withTracks(stream: EngineStream, signal: AbortSignal): Promise<void> {
  if ((await stream.ready(FIRST_TRACKS, signal)) || signal.aborted) return;
  const { state, message } = stream.observed;
  throw new DoorError(503, `the stream is ${state}${message === undefined ? '' : `: ${message}`}`);
}

/** How a refusal is answered; what nobody foresaw goes to the log. */
export function wordsOf(
  error: unknown,
  log: Pick<Log, 'error'>,
): { status: number; message: string; details?: Readonly<Record<string, string>> | undefined } {
  if (error instanceof DoorError || error instanceof PlaybackRefusal || error instanceof PeerRefusal)
    return error;
  if (error instanceof ViewerLimitError) return { status: 503, message: error.message };
  const refusal = pictureRefusal(error);
  if (refusal) return refusal;
  log.error('the door failed', { error });
  return { status: 500, message: 'internal error' };
}
